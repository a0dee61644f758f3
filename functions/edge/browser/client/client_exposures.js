/** Exposures: which variations of experiments this visitor has seen, told by a beacon (JSON, as text) when the page goes. */

/**
 * @param {string} [url] where to tell; without it nothing is watched
 * @returns {{watch: (slot: Element, answer: object) => void, forget: () => void}}
 */
export function createExposures(url) {
  const told = new Set();
  const watched = new WeakMap();
  let waiting = [];
  const observer = new IntersectionObserver((entries) => entries.forEach(note), { threshold: 0.5 });

  /** Once a page and variation. */
  function note({ isIntersecting, target }) {
    const exposure = watched.get(target);
    const key = exposure.decision + exposure.variation;
    if (!isIntersecting || told.has(key)) return;
    told.add(key);
    waiting.push(exposure);
  }

  function send() {
    if (waiting.length === 0 || document.visibilityState === "visible") return;
    navigator.sendBeacon(url, JSON.stringify({ exposures: waiting }));
    waiting = [];
  }

  // A page that goes is hidden first.
  if (url) addEventListener("visibilitychange", send);
  return {
    watch(slot, { decisions, registry, at, decided }) {
      const decision = slot.getAttribute("name");
      const { outcome, experiment, variation } = decisions[decision];
      watched.set(slot, { decision, outcome, experiment, variation, registry, at, decided });
      if (url && experiment) observer.observe(slot);
    },
    forget() {
      observer.disconnect();
      waiting = [];
    },
  };
}
