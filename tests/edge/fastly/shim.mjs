/** Stands in for `fastly:geolocation`: addresses of the documentation range that the tests know. */

const PLACES = {
  "203.0.113.1": {
    country_code: "DE",
    region: "BE",
    city: "berlin",
    continent: "EU",
    postal_code: "10115",
    latitude: 52.52,
    longitude: 13.4,
  },
  "203.0.113.2": { country_code: "AT", latitude: -33.9, longitude: null },
};

export function getGeolocationForIpAddress(address) {
  return PLACES[address] ?? null;
}
