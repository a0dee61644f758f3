/**
 * The entry of the worker that holds the genuine worker.js of every program: each answers cases of its own, at the time that a case gives.
 *
 * POST `{"program": NAME, "cases": [[body, at], ...]}`, each body the text of a request object; the answer is a list of `[status, text]`.
 */

import { workers } from "./workers.js";

const realNow = Date.now;

export default {
  async fetch(request) {
    const { program, cases } = await request.json();
    try {
      const { default: worker } = await workers[program]();
      const answers = [];
      for (const [body, at] of cases) answers.push(await answer(worker, body, at));
      return Response.json(answers);
    } catch (error) {
      return Response.json({ error: String(error.stack) });
    } finally {
      Date.now = realNow;
    }
  },
};

/** One after another, so that each finds its own time. */
async function answer(worker, body, at) {
  Date.now = () => at;
  const response = await worker.fetch(new Request("http://shop.example/.edgewise/decide", { method: "POST", body }), {});
  return [response.status, await response.text()];
}
