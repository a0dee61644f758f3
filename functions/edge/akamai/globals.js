/** What the host takes for global, and EdgeWorkers keep in modules. */

import { TextDecoder, TextEncoder } from "encoding";

globalThis.TextDecoder ??= TextDecoder;
globalThis.TextEncoder ??= TextEncoder;
