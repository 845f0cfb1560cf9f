import { z } from 'zod'
import { nameOf } from '#core/names'
import { MIN_PASSWORD_LENGTH } from '#core/user/password'

export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .regex(/^[^\s@\p{C}]+@[^\s@\p{C}]+$/u, 'Enter an e-mail address.')

export const password = z
  .string()
  .min(MIN_PASSWORD_LENGTH, `A password has at least ${MIN_PASSWORD_LENGTH} characters.`)
  .max(200, 'A password has at most 200 characters.')

export const personName = nameOf(80, 'Enter your name.')

/** What someone fills in who follows a one-time link. */
export const joinRequest = z.object({
  token: z.string().min(20).max(100),
  name: personName,
  email,
  password,
})
export type JoinRequest = z.infer<typeof joinRequest>

const role = z.enum(['member', 'operator', 'admin'])

export const inviteRequest = z.strictObject({ role, email: email.optional(), name: personName.optional() })
export type InviteRequest = z.infer<typeof inviteRequest>

export const roleRequest = z.strictObject({ role })

/** What becomes of somebody's batches and files when their account is deleted. */
export const deleteRequest = z.discriminatedUnion('how', [
  z.strictObject({ how: z.literal('erase') }),
  z.strictObject({ how: z.literal('hand_over'), to: z.uuid() }),
])
export type DeleteRequest = z.infer<typeof deleteRequest>

/** What somebody may change of themselves; null leaves it to the browser. */
export const profileChange = z.strictObject({
  name: personName.optional(),
  locale: z.enum(['en', 'zh']).nullish(),
  theme: z.enum(['light', 'dark']).nullish(),
  zone: z
    .string()
    .refine((zone) => Intl.supportedValuesOf('timeZone').includes(zone), 'This time zone is unknown.')
    .nullish(),
})
export type ProfileChange = z.infer<typeof profileChange>

export const passwordChange = z.strictObject({ current: z.string().max(200), password })
export type PasswordChange = z.infer<typeof passwordChange>

/** What someone proves who changes their second factor: a code of the app or a recovery code. */
export const proof = z.strictObject({ password: z.string().max(200), code: z.string().max(40) })
export type Proof = z.infer<typeof proof>

/** What someone fills in who follows a link for a new password. */
export const resetRequest = z.strictObject({ token: z.string().min(20).max(100), password })
export type ResetRequest = z.infer<typeof resetRequest>

export const forgotRequest = z.strictObject({ email })
