import en from './en.json'
import zh from './zh.json'

/** Every text, by language. */
export const CATALOGUES = { en, zh }
