import type { LineCost } from './line-cost.ts'

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [720, 400, 70, 190, 30, 50]

const SERIES: { key: Exclude<keyof LineCost, 'length'>; name: string; colour: string }[] = [
  { key: 'position', name: 'position of one job', colour: '#2563eb' },
  { key: 'positions', name: 'positions of 100 jobs', colour: '#0891b2' },
  { key: 'move', name: 'moving one job', colour: '#d97706' },
  { key: 'enqueue', name: 'enqueueing 100 videos', colour: '#9333ea' },
  { key: 'forecast', name: 'forecast of all', colour: '#64748b' },
]

/** Cost against the length of the line, both in powers of ten, as an SVG that is readable on light and dark. */
export function plotCosts(costs: readonly LineCost[]): string {
  const values = costs.flatMap((cost) => SERIES.map(({ key }) => cost[key])).filter((value) => value > 0)
  const lowest = Math.floor(Math.log10(Math.min(...values)))
  const highest = Math.ceil(Math.log10(Math.max(...values)))
  const widest = Math.log10(Math.max(...costs.map(({ length }) => length)))
  const x = (length: number) => LEFT + (Math.log10(length) / widest) * (WIDTH - LEFT - RIGHT)
  const y = (ms: number) =>
    HEIGHT - BOTTOM - ((Math.log10(ms) - lowest) / (highest - lowest)) * (HEIGHT - TOP - BOTTOM)
  const marks = Array.from({ length: highest - lowest + 1 }, (_, step) => 10 ** (lowest + step))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...marks.map((ms) => rule(y(ms), `${ms} ms`)),
    ...costs.map(({ length }) => label(x(length), length.toLocaleString('en-US'))),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, 'jobs in line', 'middle'),
    ...SERIES.flatMap((series, nth) => line(series, nth, costs, x, y)),
    '</svg>\n',
  ].join('\n')
}

function line(
  { key, name, colour }: (typeof SERIES)[number],
  nth: number,
  costs: readonly LineCost[],
  x: (length: number) => number,
  y: (ms: number) => number,
): string[] {
  const points = costs.filter((cost) => cost[key] > 0).map((cost) => [x(cost.length), y(cost[key])] as const)
  const path = points.map(([left, top]) => `${left.toFixed(1)},${top.toFixed(1)}`).join(' ')
  const at = TOP + 14 + nth * 20
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.map(
      ([left, top]) => `<circle cx="${left.toFixed(1)}" cy="${top.toFixed(1)}" r="3" fill="${colour}"/>`,
    ),
    `<rect x="${WIDTH - RIGHT + 16}" y="${at - 9}" width="10" height="10" fill="${colour}"/>`,
    text(WIDTH - RIGHT + 32, at, name, 'start'),
  ]
}

const rule = (top: number, name: string): string =>
  `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${top.toFixed(1)}" y2="${top.toFixed(1)}" stroke="#ddd"/>${text(LEFT - 8, top + 4, name, 'end')}`

const label = (left: number, name: string): string => text(left, HEIGHT - BOTTOM + 18, name, 'middle')

const text = (left: number, top: number, what: string, anchor: 'start' | 'middle' | 'end'): string =>
  `<text x="${left.toFixed(1)}" y="${top.toFixed(1)}" text-anchor="${anchor}" fill="#333">${what}</text>`
