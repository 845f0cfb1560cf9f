/** One colour: luma and the two chroma values. */
export interface Yuv {
  y: number
  u: number
  v: number
}

/** A place inside the mouth, in face units. */
export interface MouthPlace {
  /** -1..1 from the subject's right corner to the left. */
  u: number
  /** Distance from the mouth's middle: teeth keep their size while lips spread and round. */
  x: number
  /** Half the width of the gap between the lips. */
  halfWidth: number
  /** Distance below the upper lip's edge. */
  depth: number
  /** Distance from the upper to the lower edge here. */
  gap: number
}
