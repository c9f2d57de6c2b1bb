package dev.linum.cli.model;

import dev.linum.cli.data.Examples;
import dev.linum.cli.data.Schema;
import java.io.PrintWriter;
import java.util.List;

/// How good predicted numbers are, in the units of the file.
///
/// @param mae mean of the absolute error
/// @param rmse root of the mean squared error
/// @param meanMae the same for always predicting the mean of the training part
/// @param meanRmse the same for always predicting the mean of the training part
public record NumberScore(double mae, double rmse, double meanMae, double meanRmse) implements Score {

    static NumberScore of(Schema.Target target, Examples examples, List<float[][]> predictions) {
        double absolute = 0;
        double squared = 0;
        double meanAbsolute = 0;
        double meanSquared = 0;
        int count = 0;
        for (int i = 0; i < examples.size(); i++) {
            float[] goals = examples.all().get(i).goals();
            for (int step = 0; step < goals.length; step++) {
                double fromMean = goals[step] * target.deviation();
                double error = predictions.get(i)[step][0] - (fromMean + target.mean());
                absolute += Math.abs(error);
                squared += error * error;
                meanAbsolute += Math.abs(fromMean);
                meanSquared += fromMean * fromMean;
                count++;
            }
        }
        return new NumberScore(
                absolute / count, Math.sqrt(squared / count), meanAbsolute / count, Math.sqrt(meanSquared / count));
    }

    @Override
    public double likelihood() {
        return -rmse;
    }

    @Override
    public String figure() {
        return Score.format("RMSE %.4g", rmse);
    }

    @Override
    public String brief() {
        return figure();
    }

    @Override
    public void print(PrintWriter out) {
        out.println(Score.format("  MAE   %10.4g   (always the mean: %.4g)", mae, meanMae));
        out.println(Score.format("  RMSE  %10.4g   (always the mean: %.4g)", rmse, meanRmse));
    }
}
