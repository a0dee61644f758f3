/** A KV as a worker: it takes its time, counts the questions, and tells the count at `/count`. */

let asked = 0;

export default {
  async fetch(request, env) {
    const key = new URL(request.url).pathname.slice(1);
    if (key === "count") return new Response(String(asked));
    asked += 1;
    await scheduler.wait(Number(env.DELAY));
    return key in env.TEXTS ? new Response(env.TEXTS[key]) : new Response("", { status: 404 });
  },
};
