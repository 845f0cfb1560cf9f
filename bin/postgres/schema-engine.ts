import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type * as Wasm from '@prisma/schema-engine-wasm/schema_engine_bg'
import pg from 'pg'

const WASM_MODULE = '@prisma/schema-engine-wasm/schema_engine_bg'
const DATE = 8
const TEXT = 7

export type SchemaEngine = Wasm.SchemaEngine
export type MigrationList = Wasm.MigrationList

/**
 * Runs `use` with Prisma's own schema engine, compiled to WebAssembly and connected to `databaseUrl`.
 * The engine that Prisma's command line would download is never needed.
 */
export async function withSchemaEngine<T>(
  databaseUrl: string,
  use: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const wasm = await loadWasm()
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  pool.on('error', () => {})
  try {
    const factory = bindMigrationAwareSqlAdapterFactory(adapt(pool))
    const engine = await wasm.SchemaEngine.new({ datamodels: undefined }, () => {}, factory)
    return await use(engine)
  } finally {
    await pool.end()
  }
}

let loaded: Promise<typeof Wasm> | undefined

function loadWasm(): Promise<typeof Wasm> {
  loaded ??= (async () => {
    const file = createRequire(import.meta.url).resolve(WASM_MODULE)
    const glue = await import(pathToFileURL(file).href)
    const binary = readFileSync(file.replace(/\.js$/, '.wasm'))
    const { instance } = await WebAssembly.instantiate(binary, { './schema_engine_bg.js': glue })
    glue.__wbg_set_wasm(instance.exports)
    ;(instance.exports.__wbindgen_start as () => void)()
    ;(globalThis as Record<string, unknown>).PRISMA_WASM_PANIC_REGISTRY ??= {
      set_message: (message: string) => console.error(`The schema engine stopped: ${message}`),
    }
    return glue as typeof Wasm
  })()
  return loaded
}

/**
 * The engine reads dates of its own tables as text; adapter-pg labels those columns Date, which it refuses. And it
 * cuts scripts at every semicolon, also within functions; Postgres takes a script whole, and all of it or nothing.
 */
function adapt(pool: pg.Pool): PrismaPg {
  const factory = new PrismaPg(pool)
  const connect = factory.connect.bind(factory)
  factory.connect = async () => {
    const adapter = await connect()
    const queryRaw = adapter.queryRaw.bind(adapter)
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query)
      return { ...result, columnTypes: result.columnTypes.map((type) => (type === DATE ? TEXT : type)) }
    }
    adapter.executeScript = async (script) => void (await pool.query(script))
    return adapter
  }
  return factory
}
