import { z } from 'zod'

const flag = z
  .string()
  .optional()
  .transform((value) => value === '1' || value === 'true')

const schema = z
  .object({
    NEXTAUTH_SECRET: z
      .string('Set it to a long random text, e.g. the output of: openssl rand -base64 32')
      .min(16, 'It needs at least 16 characters, e.g. the output of: openssl rand -base64 32'),
    NEXTAUTH_URL: z
      .url('It must be the address that people open, e.g. https://greenroom.example.com')
      .optional(),
    AUTH_TRUST_HOST: flag,
    TRUST_PROXY: flag,
  })
  .refine((value) => value.NEXTAUTH_URL || value.AUTH_TRUST_HOST, {
    path: ['NEXTAUTH_URL'],
    message: 'Set it to the address that people open, or set AUTH_TRUST_HOST=1 to follow the Host header.',
  })

/** The settings of the web process alone. Throws an Error that names each bad variable. */
export function webEnv(source: NodeJS.ProcessEnv = process.env): z.infer<typeof schema> {
  const parsed = schema.safeParse(source)
  if (parsed.success) return parsed.data
  throw new Error(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'))
}
