import { z } from 'zod'
import { readEnvironment } from '#core/env'

const flag = z
  .string()
  .optional()
  .transform((value) => value === '1' || value === 'true')

const SECRET = 'must be a random text of 16 characters or more, such as openssl rand -base64 32 prints'
const ADDRESS = 'must be the address that people open, such as https://greenroom.example.com'

const schema = z
  .object({
    NEXTAUTH_SECRET: z.string(SECRET).min(16, SECRET),
    NEXTAUTH_URL: z.url(ADDRESS).optional(),
    AUTH_TRUST_HOST: flag,
    TRUST_PROXY: flag,
    SMTP_URL: z
      .string()
      .regex(/^smtps?:\/\//, 'must look like smtps://user:password@mail.example.com')
      .optional(),
    MAIL_FROM: z.string().optional(),
  })
  .refine((value) => value.NEXTAUTH_URL || value.AUTH_TRUST_HOST, {
    path: ['NEXTAUTH_URL'],
    message: `${ADDRESS}; or set AUTH_TRUST_HOST=1 to follow the Host header`,
  })
  .refine((value) => !value.SMTP_URL || value.MAIL_FROM, {
    path: ['MAIL_FROM'],
    message: 'must be the sender of mails where SMTP_URL is set, such as Greenroom <greenroom@example.com>',
  })

/** The settings of the web process alone. */
export const webEnv = (): z.infer<typeof schema> => readEnvironment(schema)
