import { z } from 'zod'
import { MIN_PASSWORD_LENGTH } from '#core/user/password'

export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .regex(/^[^\s@]+@[^\s@]+$/, 'Enter an e-mail address.')

export const password = z
  .string()
  .min(MIN_PASSWORD_LENGTH, `A password has at least ${MIN_PASSWORD_LENGTH} characters.`)
  .max(200, 'A password has at most 200 characters.')

/** What someone fills in who follows a one-time link. */
export const joinRequest = z.object({
  token: z.string().min(20).max(100),
  name: z.string().trim().min(1, 'Enter your name.').max(80),
  email,
  password,
})
export type JoinRequest = z.infer<typeof joinRequest>

export const inviteRequest = z.object({ role: z.enum(['member', 'admin']) })
