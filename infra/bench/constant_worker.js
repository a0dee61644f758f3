/** The peer of the serving benchmark: a worker that answers every request with one constant text, with the same headers. */

import body from "./body.js";

const ANSWER = {
  status: 200,
  headers: new Headers({ "content-type": "application/json; charset=utf-8", "cache-control": "private, no-store" }),
};

export default {
  fetch() {
    return new Response(body, ANSWER);
  },
};
