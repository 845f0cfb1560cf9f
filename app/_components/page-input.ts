/** What Next hands to a page: the parts of its address. */
export interface PageInput<Params = Record<never, never>> {
  params: Promise<Params>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}
