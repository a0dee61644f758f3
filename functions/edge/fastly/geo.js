/** What Fastly knows of the visitor's place, under the names of docs/reference/host.md. */

/**
 * @param {object | null} found what `getGeolocationForIpAddress` gives
 * @returns {object | null}
 */
export function geoOf(found) {
  if (found === null || found === undefined) return null;
  return {
    country: found.country_code,
    region_code: found.region,
    city: found.city,
    continent: found.continent,
    postal_code: found.postal_code,
    latitude: found.latitude,
    longitude: found.longitude,
  };
}
