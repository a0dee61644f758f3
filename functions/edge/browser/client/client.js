/**
 * The storefront's client: fills the slots of a page whose HTML did not come through the edge, in few bytes.
 *
 *     import { startEdgewise } from "/edgewise/client.js";
 *     const edgewise = startEdgewise({ exposures: "/exposures" });
 *
 * Outcomes that came with the page (`<script type="application/json" id="edgewise-data">`) fill the slots at once; else the
 * edge is asked once, and what comes after the deadline is not looked at: the default content stands. Nothing here
 * throws at the page, and nothing that a payload holds is read as HTML.
 */

import { createExposures } from "./client_exposures.js";
import { fillSlot, resetSlot } from "./client_slots.js";

const ROUTE = "/.edgewise/decide";
const SLOTS = "edgewise-slot";
const OPEN_SLOTS = "edgewise-slot:not([data-edgewise])";

/**
 * @typedef {object} Edgewise
 * @property {Promise<void> | void} ready await it: the slots have what they get, or the deadline has passed
 * @property {(root?: ParentNode) => void} fill fill the slots of a part of the page that was added, from the answer there is
 * @property {(request?: object) => Promise<void>} ask ask the edge anew and fill all slots, for instance after a consent
 * @property {() => void} withdraw the default content again, and nothing kept: as on the event `edgewise:withdraw`
 */

/**
 * Fill the slots of this page.
 * @param {object} [options]
 * @param {number} [options.deadline] ms from the question to the last moment at which an answer still counts
 * @param {object} [options.request] a request object (docs/reference/host.md); what the edge sees by itself need not be in it
 * @param {string} [options.exposures] where a beacon tells which variations of experiments were seen; without it, none is sent
 * @returns {Edgewise}
 */
export function startEdgewise({ deadline = 300, request, exposures } = {}) {
  const seen = createExposures(exposures);
  let answer = readData();
  let asked = 0;

  function fill(root = document) {
    for (const slot of root.querySelectorAll(SLOTS)) if (fillSlot(slot, answer)) seen.watch(slot, answer);
  }

  async function ask(asking = request) {
    asked += 1;
    const own = asked;
    const found = await decide(asking, deadline);
    // Where it was asked anew meanwhile, or consent was withdrawn, this answer is none; without one, what stands stays.
    if (own !== asked || !found) return;
    answer = found;
    fill();
  }

  function withdraw() {
    asked += 1;
    answer = null;
    seen.forget();
    tellWorker("forget");
    const isReset = [...document.querySelectorAll(SLOTS)].map(resetSlot);
    // What the edge wrote into the page has no default content here: only the edge can give it.
    if (isReset.includes(false)) location.reload();
  }

  addEventListener("edgewise:withdraw", withdraw);
  addEventListener("edgewise:consent", () => ask());
  addEventListener("online", () => tellWorker("hydrate"));
  // What the edge has filled needs no question.
  const isAnswered = answer || !document.querySelector(OPEN_SLOTS);
  return { ready: isAnswered ? fill() : ask(), fill, ask, withdraw };
}

/** The outcomes that came with the page, or null. */
function readData() {
  try {
    return JSON.parse(document.getElementById("edgewise-data").textContent);
  } catch {
    return null;
  }
}

/** The edge's answer, or null when it is late or none. */
async function decide(request, deadline) {
  const { search } = location;
  try {
    // A plain GET is the edge's fast path, and can be preloaded. Of a query, `d` would be a request object: POST does not look at it.
    const body = request || search ? JSON.stringify(request ?? {}) : undefined;
    const signal = AbortSignal.timeout(deadline);
    const response = await fetch(ROUTE + search, { method: body ? "POST" : "GET", body, signal });
    const answer = await response.json();
    return response.ok ? { ...answer, decided: response.headers.get("edgewise-decided") } : null;
  } catch {
    return null;
  }
}

function tellWorker(edgewise) {
  navigator.serviceWorker?.controller?.postMessage({ edgewise });
}
