/** The banner's answer, kept as cookie groups in the form that the consent gate reads (docs/consent.md). */

const COOKIE = "nf_consent";
const GROUPS = { all: "groups=C0001:1,C0002:1,C0003:1", none: "groups=C0001:1,C0002:0,C0003:0" };
const YEAR = 31_536_000;

/** @returns {boolean | null} null for who was not asked yet */
export function agreed() {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${COOKIE}=`));
  return found === undefined ? null : decodeURIComponent(found).endsWith("C0003:1");
}

/** @param {boolean} isAll */
export function agree(isAll) {
  const value = encodeURIComponent(isAll ? GROUPS.all : GROUPS.none);
  document.cookie = `${COOKIE}=${value}; Path=/; Max-Age=${YEAR}; SameSite=Lax`;
}
