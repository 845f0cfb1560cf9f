/**
 * Where to go after signing in: the path and query of `next` where it is an address of this portal, else the
 * first page. It is read as browsers read addresses, which leave out tabs and line ends and take \ for /.
 */
export function safeNext(next: string | undefined, origin: string): string {
  if (!next || !URL.canParse(next, origin)) return '/'
  const target = new URL(next, origin)
  const here = `${target.pathname}${target.search}`
  // A path such as /.//other.example is ours as it stands, and not when it is read once more.
  return target.origin === origin && URL.canParse(here, origin) && new URL(here, origin).origin === origin
    ? here
    : '/'
}
