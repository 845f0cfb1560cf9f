/** Points of the face mesh, by the numbers that MediaPipe gives them. */
export const MESH_POINTS = 468

export const RIGHT_EYE_CORNER = 33
export const LEFT_EYE_CORNER = 263
export const RIGHT_MOUTH_CORNER = 61
export const LEFT_MOUTH_CORNER = 291
export const RIGHT_INNER_CORNER = 78
export const LEFT_INNER_CORNER = 308

/** Nine points of each lip's inner edge, from the subject's right to left. */
export const INNER_UPPER = [191, 80, 81, 82, 13, 312, 311, 310, 415]
export const INNER_LOWER = [95, 88, 178, 87, 14, 317, 402, 318, 324]
/** The two rings of points inside each lip, outwards from its inner edge. */
export const UPPER_RINGS = [
  [183, 42, 41, 38, 12, 268, 271, 272, 407],
  [184, 74, 73, 72, 11, 302, 303, 304, 408],
]
export const LOWER_RINGS = [
  [96, 89, 179, 86, 15, 316, 403, 319, 325],
  [77, 90, 180, 85, 16, 315, 404, 320, 307],
]

/** Mesh points that the network's lip branch refines, in the order of its output. */
export const REFINED_LIPS = [
  ...[61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409],
  ...[78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415],
  ...[76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74, 73, 72, 11, 302, 303, 304, 408],
  ...[62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407],
]

/**
 * A face's own coordinates: origin between the outer eye corners, x along the line through them, y down the
 * face, and the distance between them as unit.
 */
export interface FacePose {
  x: number
  y: number
  /** Pixels a unit. */
  scale: number
  cos: number
  sin: number
}

export function poseOf(rightX: number, rightY: number, leftX: number, leftY: number): FacePose {
  const scale = Math.max(1e-3, Math.hypot(leftX - rightX, leftY - rightY))
  return {
    x: (rightX + leftX) / 2,
    y: (rightY + leftY) / 2,
    scale,
    cos: (leftX - rightX) / scale,
    sin: (leftY - rightY) / scale,
  }
}

export function toFaceX(pose: FacePose, x: number, y: number): number {
  return ((x - pose.x) * pose.cos + (y - pose.y) * pose.sin) / pose.scale
}

export function toFaceY(pose: FacePose, x: number, y: number): number {
  return (-(x - pose.x) * pose.sin + (y - pose.y) * pose.cos) / pose.scale
}

export function toPixelX(pose: FacePose, x: number, y: number): number {
  return pose.x + (x * pose.cos - y * pose.sin) * pose.scale
}

export function toPixelY(pose: FacePose, x: number, y: number): number {
  return pose.y + (x * pose.sin + y * pose.cos) * pose.scale
}
