const DEVELOPING = process.env.NODE_ENV === 'development'

/**
 * The `<style>` that sonner (2.0.8) puts into the page as it loads, without a nonce: its SHA-256. A browser that finds
 * another one says so in the console, and the tests that open pages fail.
 */
const SONNER_STYLE = "'sha256-StEaX+se6YS7pqjzrzMIA0KaX9zF/8zAhvQXZAe5epY='"

/** The one an element has while it is still empty: sonner fills its `<style>` after it is in the page. */
const EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"

/**
 * The Content-Security-Policy of a page (CSP level 3, strict): scripts run only with this answer's nonce, or when one of
 * those loads them. Style attributes stay allowed, because React renders them into the page; they can't load anything.
 * The dev server's pages need eval and styles of their own making.
 */
export function contentPolicy(nonce: string): string {
  const directives = {
    'default-src': ["'none'"],
    'script-src': [`'nonce-${nonce}'`, "'strict-dynamic'", ...(DEVELOPING ? ["'unsafe-eval'"] : [])],
    'style-src-elem': DEVELOPING
      ? ["'self'", "'unsafe-inline'"]
      : ["'self'", `'nonce-${nonce}'`, SONNER_STYLE, EMPTY_STYLE],
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
