package dev.offstage.picture.square;

/** Three rows of three numbers. */
final class Matrix3 {

    private Matrix3() {
    }

    static double[] times(double[][] matrix, double[] vector) {
        double[] result = new double[3];
        for (int i = 0; i < 3; i++) {
            result[i] = matrix[i][0] * vector[0] + matrix[i][1] * vector[1] + matrix[i][2] * vector[2];
        }
        return result;
    }

    static double[][] product(double[][] a, double[][] b) {
        double[][] result = new double[3][3];
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++) {
                result[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
            }
        }
        return result;
    }

    static double[][] diagonal(double[] values) {
        return new double[][]{{values[0], 0, 0}, {0, values[1], 0}, {0, 0, values[2]}};
    }

    /** Not finite if there is none. */
    static double[][] inverse(double[][] m) {
        double[][] result = new double[3][3];
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++) {
                result[j][i] = m[(i + 1) % 3][(j + 1) % 3] * m[(i + 2) % 3][(j + 2) % 3]
                        - m[(i + 1) % 3][(j + 2) % 3] * m[(i + 2) % 3][(j + 1) % 3];
            }
        }
        double determinant = m[0][0] * result[0][0] + m[0][1] * result[1][0] + m[0][2] * result[2][0];
        for (double[] row : result) {
            for (int i = 0; i < 3; i++) {
                row[i] /= determinant;
            }
        }
        return result;
    }
}
