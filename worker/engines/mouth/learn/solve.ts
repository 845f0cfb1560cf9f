/** Solves a symmetric, positive definite system by Cholesky's decomposition. */
export function solve(matrix: number[][], right: number[]): number[] {
  const size = right.length
  const lower = matrix.map(() => new Array<number>(size).fill(0))
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row][column]
      for (let k = 0; k < column; k++) sum -= lower[row][k] * lower[column][k]
      lower[row][column] = row === column ? Math.sqrt(sum) : sum / lower[column][column]
    }
  }
  const half = new Array<number>(size)
  for (let row = 0; row < size; row++) {
    let sum = right[row]
    for (let k = 0; k < row; k++) sum -= lower[row][k] * half[k]
    half[row] = sum / lower[row][row]
  }
  const out = new Array<number>(size)
  for (let row = size - 1; row >= 0; row--) {
    let sum = half[row]
    for (let k = row + 1; k < size; k++) sum -= lower[k][row] * out[k]
    out[row] = sum / lower[row][row]
  }
  return out
}
