const DEVELOPING = process.env.NODE_ENV === 'development'

/**
 * SHA-256 of the `<style>` elements that libraries put into pages with no nonce on them. test/app/content-policy.test.ts
 * takes them from the installed packages, so that an upgrade that changes one is noticed.
 */
const STYLES = [
  // sonner 2.0.8, as it loads; and the same element while it is still empty.
  "'sha256-StEaX+se6YS7pqjzrzMIA0KaX9zF/8zAhvQXZAe5epY='",
  "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
  // wavesurfer.js 8.0.1, for waves of 40 pixels.
  "'sha256-9SfrHdOLGeJ9IEr71EpmpCjtP/RYIJ2yGgDBKCLmeEE='",
]

/**
 * The Content-Security-Policy of a page (CSP level 3, strict): scripts run only with this answer's nonce, or when one of
 * those loads them. Style attributes stay allowed, because React renders them into the page; they can't load anything.
 * The dev server's pages need eval and styles of their own making.
 */
export function contentPolicy(nonce: string): string {
  const directives = {
    'default-src': ["'none'"],
    'script-src': [`'nonce-${nonce}'`, "'strict-dynamic'", ...(DEVELOPING ? ["'unsafe-eval'"] : [])],
    'style-src-elem': DEVELOPING ? ["'self'", "'unsafe-inline'"] : ["'self'", `'nonce-${nonce}'`, ...STYLES],
    'style-src-attr': ["'unsafe-inline'"],
    'img-src': ["'self'"],
    'media-src': ["'self'"],
    'font-src': ["'self'"],
    'connect-src': ["'self'"],
    'form-action': ["'self'"],
    'base-uri': ["'none'"],
    'frame-ancestors': ["'none'"],
  }
  return Object.entries(directives)
    .map(([name, values]) => `${name} ${values.join(' ')}`)
    .join('; ')
}
