/** flagd's evaluator: compiled rules where the runtime lets code be made of text, interpreted ones where it does not. */

import { FlagdCore } from "@openfeature/flagd-core";

import { createAnswer } from "./answer.js";
import { allowsCodeOfText } from "./runtime.js";

export const visitors = "flagd";

export function create({ flags, flagd }) {
  const core = new FlagdCore(undefined, undefined, { disableDynamicCodeGeneration: !allowsCodeOfText() });
  core.setConfigurations(JSON.stringify(flagd));
  const decide = (context) => {
    const found = new Array(flags.length);
    for (let i = 0; i < flags.length; i += 1) found[i] = core.resolveStringEvaluation(flags[i], "error", context).value;
    return found;
  };
  return { decide, answer: createAnswer(flags, decide) };
}
