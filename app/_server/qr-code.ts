import { encode } from 'uqr'

/** A QR code as the path of an SVG whose side is `size`, the quiet zone of 4 modules (ISO/IEC 18004) included. */
export interface QrCode {
  size: number
  path: string
}

export function qrCode(text: string): QrCode {
  const { size, data } = encode(text, { ecc: 'M', border: 4 })
  const squares = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')))
  return { size, path: squares.join('') }
}
