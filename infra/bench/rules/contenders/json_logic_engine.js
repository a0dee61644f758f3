/** json-logic-engine, likewise; compiled where the runtime lets code be made of text. */

import { LogicEngine } from "json-logic-engine";

import { createAnswer } from "./answer.js";
import { allowsCodeOfText } from "./runtime.js";
import { createShare } from "./share.js";

export const visitors = "json_logic";

export function create({ flags, json_logic: rules }) {
  const engine = new LogicEngine();
  const share = createShare();
  engine.addMethod("share", ([salt, bound]) => share.holds(salt, bound), { sync: true });
  const isCompiled = allowsCodeOfText();
  const all = flags.map((name) => (isCompiled ? engine.build(rules[name]) : (data) => engine.run(rules[name], data)));
  const decide = (visitor) => {
    share.take(visitor.visitor_id);
    const found = new Array(flags.length);
    for (let i = 0; i < flags.length; i += 1) found[i] = all[i](visitor);
    return found;
  };
  return { decide, answer: createAnswer(flags, decide) };
}
