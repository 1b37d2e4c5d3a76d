// Which sites a console has.

/**
 * The other site that has the same pages: Hosting serves a project on two domains, and
 * the local suite on two names of this machine. null if there is none. web.app and
 * firebaseapp.com are public suffixes, so that their subdomains are sites of their own.
 */
export function twin({ protocol, hostname, port }) {
  const dot = hostname.indexOf(".");
  const domains = { "web.app": "firebaseapp.com", "firebaseapp.com": "web.app" };
  const other = { localhost: "127.0.0.1", "127.0.0.1": "localhost" }[hostname]
    ?? (domains[hostname.slice(dot + 1)] ? `${hostname.slice(0, dot)}.${domains[hostname.slice(dot + 1)]}` : null);
  return other && `${protocol}//${other}${port && `:${port}`}`;
}
