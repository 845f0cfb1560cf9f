import { z } from 'zod'

const schema = z.object({
  DATABASE_URL: z
    .string()
    .min(1, 'Set DATABASE_URL, or start Greenroom with npm start, which brings its own Postgres.'),
  DATA_DIR: z.string().min(1, 'Set DATA_DIR to the folder where uploads and results live.'),
})

/**
 * The settings that web and worker share, read from the environment on each call.
 * Throws an Error that names each missing variable.
 */
export function env(source: NodeJS.ProcessEnv = process.env): z.infer<typeof schema> {
  const parsed = schema.safeParse(source)
  if (parsed.success) return parsed.data
  throw new Error(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'))
}
