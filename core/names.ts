import { z } from 'zod'

/** Letters of these scripts are written otherwise where a joiner or a non-joiner stands between them. */
const JOINING =
  '[\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Nkoo}\\p{scx=Mong}\\p{scx=Deva}\\p{scx=Beng}\\p{scx=Guru}\\p{scx=Gujr}' +
  '\\p{scx=Orya}\\p{scx=Taml}\\p{scx=Telu}\\p{scx=Knda}\\p{scx=Mlym}\\p{scx=Sinh}\\p{scx=Khmr}\\p{scx=Mymr}\\p{scx=Tibt}]'

/** What takes no room but belongs to what is written: joiners of letters and emoji, and the tags of a flag. */
const NEEDED = [
  `(?<=${JOINING})[\\u200c\\u200d](?=${JOINING})`,
  '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})',
  '(?<=\\u{1f3f4}[\\u{e0020}-\\u{e007e}]*)[\\u{e0020}-\\u{e007f}]',
].join('|')

/** All else that can't be seen, less variation selectors, and the signs of Arabic that are format characters by name. */
const INVISIBLE =
  '[[\\p{Cf}\\p{Default_Ignorable_Code_Point}\\ufffd]--' +
  '[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}\\u180b-\\u180d\\u180f\\u0600-\\u0605\\u06dd\\u070f\\u0890\\u0891\\u08e2]]'

const UNSEEN = new RegExp(`${NEEDED}|(${INVISIBLE})`, 'gv')
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu

/**
 * A name as it may be shown anywhere: in one line, and without what can't be seen, which would let one name pass for
 * another or turn the writing around it (Unicode TR 36 and 39). Right-to-left letters, accents and emoji stay.
 */
export const visibleName = (text: string): string =>
  text
    .toWellFormed()
    .replace(BREAKS, ' ')
    .replace(UNSEEN, (match, unseen?: string) => (unseen === undefined ? match : ''))
    .replace(/ +/g, ' ')
    .normalize('NFC')
    .trim()

/** A name that somebody gives to something, of 1 to `most` characters. */
export const nameOf = (most: number, missing: string) =>
  z
    .string()
    .transform(visibleName)
    .pipe(z.string().min(1, missing).max(most, `A name has at most ${most} characters.`))

/** A line that somebody writes of their own accord. */
export const lineOf = (most: number, tooLong: string) =>
  z.string().transform(visibleName).pipe(z.string().max(most, tooLong))
