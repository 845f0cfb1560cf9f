import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'

/** A fresh random id (UUID v4). */
export const newId = (): string => randomUUID()

/** 32 random bytes in base64url: the secret part of a one-time link. */
export const newToken = (): string => randomBytes(32).toString('base64url')

/** SHA-256 of a token in hex: what the database keeps of it. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** True for a well-formed UUID, so that a malformed id answers 404 before it reaches the database. */
export const isId = (value: string): boolean => z.uuid().safeParse(value).success
