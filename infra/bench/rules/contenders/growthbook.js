/** GrowthBook's SDK as it is meant for servers: one client, a user context a request. */

import { GrowthBookClient } from "@growthbook/growthbook";

import { createAnswer } from "./answer.js";

export const visitors = "growthbook";

export function create({ flags, growthbook }) {
  const client = new GrowthBookClient().initSync({ payload: { features: growthbook } });
  const decide = (attributes) => {
    const user = { attributes };
    const found = new Array(flags.length);
    for (let i = 0; i < flags.length; i += 1) found[i] = client.evalFeature(flags[i], user).value;
    return found;
  };
  return { decide, answer: createAnswer(flags, decide) };
}
