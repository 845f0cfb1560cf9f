/** How often a property is tried that takes long: in quick tests a tenth as often. */
export const runs = (all: number): number => (process.env.QUICK_TESTS === '1' ? Math.ceil(all / 10) : all)
