// What stands in a viewer-response function: sets the cookie of a visitor that the viewer-request function has named.
// Both know the request by the same id, so nothing needs to be handed over.

async function handler(event) {
  try {
    headers = event.request.headers;
    cookies = event.request.cookies;
    held = read_object();
    identify(unit_name, identity_cookie, event.context.requestId);
    if (fresh) event.response.cookies[identity_cookie] = { value: fresh, attributes: cookie_attributes };
  } catch (error) {
    console.log("edgewise: " + error);
  }
  return event.response;
}
