/** For `node --import`: edge workers whose platform cannot be had find stand-ins of its modules (shim_hooks.mjs). */

import { register } from "node:module";

register("./shim_hooks.mjs", import.meta.url);
