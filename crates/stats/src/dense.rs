//! Small dense linear algebra: what fits with a few dozen parameters need, on rows of `Vec`.

/// Σ aᵢbᵢ.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The matrix (rows) times the vector.
pub(crate) fn multiply(matrix: &[Vec<f64>], vector: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| dot(row, vector)).collect()
}

/// The lower Cholesky factor of a symmetric matrix, `None` unless it is positive definite.
pub(crate) fn cholesky(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    let mut lower = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let rest = matrix[i][j] - dot(&lower[i][..j], &lower[j][..j]);
            if i == j {
                if !(rest > 1e-13 * matrix[i][i].abs()) {
                    return None;
                }
                lower[i][i] = rest.sqrt();
            } else {
                lower[i][j] = rest / lower[j][j];
            }
        }
    }
    Some(lower)
}

/// Solves L Lᵀ x = b for a Cholesky factor L.
pub(crate) fn solve_cholesky(lower: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let n = b.len();
    let mut x = b.to_vec();
    for i in 0..n {
        x[i] = (x[i] - dot(&lower[i][..i], &x[..i])) / lower[i][i];
    }
    for i in (0..n).rev() {
        let mut rest = x[i];
        for j in i + 1..n {
            rest -= lower[j][i] * x[j];
        }
        x[i] = rest / lower[i][i];
    }
    x
}

/// Inverse of a symmetric positive definite matrix, `None` for any other.
pub(crate) fn inverse_positive(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let lower = cholesky(matrix)?;
    let n = matrix.len();
    let mut columns = Vec::with_capacity(n);
    for i in 0..n {
        let mut unit = vec![0.0; n];
        unit[i] = 1.0;
        columns.push(solve_cholesky(&lower, &unit));
    }
    Some(columns)
}

/// Least squares with a ridge: minimises |y − Xβ|² + Σ ridgeᵢ βᵢ². `rows` are the rows of X.
///
/// A vanishing ridge on the scale of each column is always added, so collinear columns share.
pub(crate) fn ridge(rows: &[Vec<f64>], y: &[f64], ridge: &[f64]) -> Option<Vec<f64>> {
    let n = ridge.len();
    let mut normal = vec![vec![0.0; n]; n];
    let mut right = vec![0.0; n];
    for (row, y) in rows.iter().zip(y) {
        for i in 0..n {
            if row[i] != 0.0 {
                right[i] += row[i] * y;
                for j in 0..=i {
                    normal[i][j] += row[i] * row[j];
                }
            }
        }
    }
    for i in 0..n {
        for j in 0..i {
            normal[j][i] = normal[i][j];
        }
        normal[i][i] += ridge[i] + 1e-9 * normal[i][i] + 1e-300;
    }
    let lower = cholesky(&normal)?;
    Some(solve_cholesky(&lower, &right))
}

/// Solves A X = B for a general square matrix by elimination with partial pivoting; the rows of
/// `b` are the rows of B. `None` when the matrix is singular.
pub(crate) fn solve_many(mut a: Vec<Vec<f64>>, mut b: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let n = b.len();
    let width = b.first().map_or(0, Vec::len);
    for column in 0..n {
        let pivot =
            (column..n).max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()))?;
        if !(a[pivot][column].abs() > 1e-300) {
            return None;
        }
        a.swap(column, pivot);
        b.swap(column, pivot);
        let (above, below) = a.split_at_mut(column + 1);
        let (above_b, below_b) = b.split_at_mut(column + 1);
        let (lead, lead_b) = (&above[column], &above_b[column]);
        for (row, row_b) in below.iter_mut().zip(below_b) {
            let factor = row[column] / lead[column];
            if factor != 0.0 {
                row[column..].iter_mut().zip(&lead[column..]).for_each(|(r, l)| *r -= factor * l);
                row_b.iter_mut().zip(lead_b).for_each(|(r, l)| *r -= factor * l);
            }
        }
    }
    for i in (0..n).rev() {
        for k in 0..width {
            let rest = (i + 1..n).fold(b[i][k], |rest, j| rest - a[i][j] * b[j][k]);
            b[i][k] = rest / a[i][i];
        }
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elimination_and_cholesky_agree_on_a_positive_matrix() {
        let matrix = vec![vec![4.0, 2.0, 0.6], vec![2.0, 5.0, 1.0], vec![0.6, 1.0, 3.0]];
        let b = vec![1.0, -2.0, 3.0];
        let right = b.iter().map(|b| vec![*b]).collect();
        let direct = solve_many(matrix.clone(), right).unwrap();
        let lower = cholesky(&matrix).unwrap();
        for (a, b) in direct.iter().zip(solve_cholesky(&lower, &b)) {
            assert!((a[0] - b).abs() < 1e-12);
        }
        assert!(cholesky(&[vec![1.0, 2.0], vec![2.0, 1.0]]).is_none());
        let singular = vec![vec![1.0, 2.0], vec![2.0, 4.0]];
        assert!(solve_many(singular, vec![vec![1.0], vec![1.0]]).is_none());
    }
}
