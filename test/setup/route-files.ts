import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export interface RouteFile {
  /** Its method and path below /api/v1: `PATCH jobs/[id]`. */
  name: string
  /** What it is made with: `userRoute`, `operatorRoute`, …; null where that is not in the same line. */
  made: string | null
}

const API = path.resolve(import.meta.dirname, '../../app/api/v1')

/** Every handler that a route file of the API exports. */
export function routesOfApi(): RouteFile[] {
  return readdirSync(API, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'route.ts')
    .flatMap((file) => {
      const source = readFileSync(path.join(API, file), 'utf8')
      const handlers = source.matchAll(
        /(?:export const|export async function|export function|\bas) ([A-Z]{3,7})\b(?: = (\w+Route))?/g,
      )
      return [...handlers].map(([, method, made = null]) => ({
        name: `${method} ${path.dirname(file)}`,
        made,
      }))
    })
}
