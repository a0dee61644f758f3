/** json-logic-js, with an operation for rollouts that has Edgewise's buckets. */

import jsonLogic from "json-logic-js";

import { createAnswer } from "./answer.js";
import { createShare } from "./share.js";

export const visitors = "json_logic";

export function create({ flags, json_logic: rules }) {
  const share = createShare();
  jsonLogic.add_operation("share", share.holds);
  const all = flags.map((name) => rules[name]);
  const decide = (visitor) => {
    share.take(visitor.visitor_id);
    const found = new Array(flags.length);
    for (let i = 0; i < flags.length; i += 1) found[i] = jsonLogic.apply(all[i], visitor);
    return found;
  };
  return { decide, answer: createAnswer(flags, decide) };
}
