/** A worker around a contender: each request is the next visitor, held as an object, so that no parsing counts. */

// All contenders start warm, so that the first requests measured meet no code that has never run.
const WARM_UP = 200;

const ANSWER = {
  status: 200,
  headers: new Headers({ "content-type": "application/json; charset=utf-8", "cache-control": "private, no-store" }),
};

export function serve({ create, visitors }, documents, program) {
  const { answer } = create(documents, program);
  const all = documents.visitors[visitors];
  for (let at = 0; at < WARM_UP; at += 1) answer(all[at % all.length]);
  let at = 0;
  return {
    fetch() {
      at = at + 1 === all.length ? 0 : at + 1;
      return new Response(answer(all[at]), ANSWER);
    },
  };
}
