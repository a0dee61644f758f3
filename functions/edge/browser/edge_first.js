/** The edge's own answer, where it comes in time: what a service worker prefers to its own. */

/**
 * @param {Request} request stays readable
 * @param {number} deadline ms
 * @returns {Promise<{response: Response | null, why: "offline" | "late" | "failed" | null}>} without a response, why there is none
 */
export async function askEdge(request, deadline) {
  try {
    const response = await fetch(request.clone(), { signal: AbortSignal.timeout(deadline) });
    // What refuses a request is an answer, too; what fails, or is no answer of Edgewise's, is none.
    const isAnswer = response.status < 500 && (response.headers.get("content-type") ?? "").startsWith("application/json");
    return isAnswer ? { response, why: null } : { response: null, why: "failed" };
  } catch (error) {
    return { response: null, why: error.name === "TimeoutError" ? "late" : "offline" };
  }
}

/**
 * Mark an answer as one that was made on the device.
 * @param {Response} response
 * @param {string} why
 * @returns {Response}
 */
export function markLocal(response, why) {
  const headers = new Headers(response.headers);
  headers.set("edgewise-decided", why);
  return new Response(response.body, { status: response.status, headers });
}
