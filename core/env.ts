import { z } from 'zod'

/**
 * Reads settings from an environment. Empty variables, as .env files have them, count as unset. Throws an Error with a
 * line for each variable that is wrong: its name, and what it must be.
 */
export function readEnvironment<Schema extends z.ZodType>(
  schema: Schema,
  source: NodeJS.ProcessEnv = process.env,
): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''))
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'))
}

/** A variable that is a number above 0. */
export const positive = (byDefault: number) =>
  z.coerce.number(above0(byDefault)).positive(above0(byDefault)).default(byDefault)

/** A variable that is a whole number above 0. */
export const positiveInteger = (byDefault: number) => positive(byDefault).pipe(z.int(above0(byDefault)))

const above0 = (byDefault: number) => `must be a number above 0, such as ${byDefault}`

/** A variable that is on with `1` or `true`. */
export const flag = z
  .string()
  .optional()
  .transform((value) => value === '1' || value === 'true')

/** A variable that is one of some words. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(
  words: Words,
  byDefault: Words[number],
) => z.enum(words, `must be one of ${words.join(', ')}`).default(byDefault as never)

const schema = z.object({
  DATABASE_URL: z.string(
    'must be the address of a Postgres; npm start sets it, and brings a Postgres of its own',
  ),
  DATA_DIR: z.string('must be the folder where uploads and results live'),
})

/** The settings that web and worker share, read from the environment on each call. */
export const env = (): z.infer<typeof schema> => readEnvironment(schema)
