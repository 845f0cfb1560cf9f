import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { flag, readEnvironment } from '#core/env'

const SECRET = 'must be a random text of 16 characters or more, such as openssl rand -base64 32 prints'
const ADDRESS = 'must be the address that people open, such as https://greenroom.example.com'

const schema = z
  .object({
    NEXTAUTH_SECRET: z.string(SECRET).min(16, SECRET),
    NEXTAUTH_URL: z.url(ADDRESS).optional(),
    AUTH_TRUST_HOST: flag,
    TRUSTED_PROXIES: z.string().optional(),
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

let parsed: { text: string; list: BlockList } | undefined

/**
 * The addresses whose word on where a request came from is taken: TRUSTED_PROXIES, or this machine's own where people
 * open the portal at an address that somebody set (and a proxy is likely); else nobody's. Throws on a bad setting.
 */
export function trustedProxies(): BlockList {
  const { TRUSTED_PROXIES, AUTH_TRUST_HOST } = webEnv()
  const text = TRUSTED_PROXIES ?? (AUTH_TRUST_HOST ? '' : 'loopback')
  if (parsed?.text !== text) parsed = { text, list: networksOf(text) }
  return parsed.list
}

const LOOPBACK = ['127.0.0.0/8', '::1']

function networksOf(text: string): BlockList {
  const list = new BlockList()
  const words = text.split(',').map((word) => word.trim())
  for (const word of words.flatMap((each) => (each === 'loopback' ? LOOPBACK : each || []))) {
    const [address, bits] = word.split('/')
    const family = isIP(address)
    const most = family === 4 ? 32 : 128
    const prefix = bits === undefined ? most : Number(bits)
    if (!family || !/^\d+$/.test(bits ?? '0') || prefix > most)
      throw new Error(
        `TRUSTED_PROXIES: must be addresses or networks, such as loopback, 10.0.0.0/8; not ${word}`,
      )
    list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}
