"""Wrong formulas, as data: file, right line, wrong line, and the tests that must notice."""

from typing import NamedTuple


class Mutant(NamedTuple):
    """A one-line change that makes the library wrong."""

    name: str
    module: str
    right: str
    wrong: str
    tests: str


MUTANTS = [
    # dynamics
    Mutant("leak factor dropped", "dynamics/leaky", "p *= leak", "pass", "dynamics::test_states_equal_a_plain_loop"),
    Mutant("old state not subtracted", "dynamics/leaky", "        p -= x\n", "", "dynamics::test_states_equal_a_plain_loop"),
    Mutant(
        "recurrence removed", "dynamics/leaky",
        "drive = np.hstack([W_in, bias[:, None]])",
        "W = 0 * W; drive = np.hstack([W_in, bias[:, None]])",
        "dynamics::test_states_equal_a_plain_loop",
    ),
    Mutant(
        "bias forgotten", "dynamics/leaky",
        "np.hstack([W_in, bias[:, None]])", "np.hstack([W_in, 0 * bias[:, None]])", "dynamics::test_states_equal_a_plain_loop",
    ),
    Mutant(
        "state not carried on", "dynamics/batch",
        "track.state = state[:, column].copy()", "pass", "dynamics::test_a_ragged_batch_equals_its_sequences_alone",
    ),
    Mutant("input one step late", "dynamics/rule", "= inputs[t]", "= inputs[max(t - 1, 0)]", "dynamics::test_states_equal_a_plain_loop"),
    Mutant("noise forgotten", "dynamics/leaky", "p += noise", "pass", "dynamics::test_noise_belongs_to_the_step_alone"),
    Mutant("shift taken off twice", "esn/streaming", "rows[1 + n_features :] -=", "rows[1:] -=", "esn::test_ragged_lengths_and_one_dimensional_targets"),
    Mutant("a lane forgotten", "esn/streaming", "self.statistics.merge(other.statistics)", "pass", "esn::test_lanes_give_the_same_readout"),
    Mutant("threads inside threads", "dynamics/batch", "is not threading.main_thread()", "is None", "dynamics::test_threads_are_never_more_than_the_cores"),
    Mutant("chunk ends not checked", "dynamics/driver", "if ends_meet(chunks, starts):", "if True:", "dynamics::test_a_wrong_chunk_start_is_found_and_the_run_starts_over"),
    Mutant("chunks start cold", "dynamics/parallel", "chunk.state = track.state", "pass", "dynamics::test_a_wrong_chunk_start_is_found_and_the_run_starts_over"),
    Mutant("delays one step off", "dynamics/rule", "self._past[delay - 1]", "self._past[max(delay - 2, 0)]", "seam::test_an_expanded_reservoir_equals_its_features"),
    Mutant("past not remembered", "dynamics/rule", "self._past[1:] = self._past[:-1]", "pass", "seam::test_an_expanded_reservoir_equals_its_features"),
    Mutant("other units squared", "reservoirs/expanded", "rows[1::2] **= 2", "rows[::2] **= 2", "seam::test_an_expanded_reservoir_equals_its_features"),
    Mutant("the first input at the end", "dynamics/rule", "input[...] = np.stack([item[-1]", "input[...] = np.stack([item[0]", "seam::test_a_rule_of_ones_own_in_a_regressor"),
    # topology
    Mutant("radius not rescaled", "topology", "W * (radius / present)", "W * radius", "topology::test_scaling_hits_the_radius"),
    Mutant("one Ritz value alone", "topology", "k=6, ncv=80", "k=1, ncv=None", "topology::test_radius_of_500_units_equals_dense_eigenvalues"),
    Mutant("diagonal forgotten", "topology", "sizes[labels] == 1", "sizes[labels] == 0", "topology::test_scaling_hits_the_radius"),
    Mutant("signs of QR kept", "topology", "return q * np.where(", "return r * np.where(", "topology::test_orthogonal_and_ring"),
    # reservoirs
    Mutant("input scaling forgotten", "reservoirs/leaky", "thinned * _per(", "thinned + 0 * _per(", "reservoirs"),
    Mutant("one stream for two matrices", "reservoirs/leaky", "streams[2].uniform", "streams[1].uniform", "reservoirs"),
    # kernels
    Mutant("tangent of half the angle", "activations", "np.multiply(x, 2.0, out=out)", "np.multiply(x, 1.0, out=out)", "kernels"),
    Mutant("tangent overflows", "activations", "np.minimum(out, 700.0, out=out)", "pass", "kernels"),
    Mutant("BLAS not held", "lapack", "limits=min([limit, *allowed])", "limits=None", "kernels"),
    # ridge and readouts
    Mutant("solution doubled", "ridge/statistics", "return coef, mean[self.n_features :] - coef @ mean[: self.n_features]\n\n        return solve", "return 2 * coef, mean[self.n_features :] - coef @ mean[: self.n_features]\n\n        return solve", "ridge::test_equals_ridge"),
    Mutant("penalty forgotten", "ridge/solve", "system)] += alpha", "system)] += 0", "ridge::test_equals_ridge"),
    Mutant(
        "intercept penalised", "ridge/statistics",
        "mean = self.moments[1:, 0] / self.weight\n",
        "mean = self.moments[1:, 0] / (self.weight + 1)\n",
        "ridge::test_equals_ridge",
    ),
    Mutant("weight ignored", "ridge/statistics", "rows *= np.sqrt(weight)", "pass", "ridge::test_equals_ridge"),
    Mutant("weight squared", "ridge/statistics", "rows *= np.sqrt(weight)", "rows *= weight", "ridge::test_equals_ridge"),
    Mutant("shift forgotten in a merge", "ridge/statistics", "if not delta.any():", "if True:", "ridge::test_equals_ridge"),
    Mutant("digits lost to a large mean", "ridge/statistics", "self.shift = rows[1:].mean(axis=1)",
           "self.shift = 0 * rows[1:].mean(axis=1)", "ridge::test_equals_ridge"),
    Mutant("directions cut off", "ridge/solve", "values = np.maximum(values, 0.0)\n",
           "values = np.maximum(values, 0.0); alpha = 0.0\n", "ridge::test_an_alpha_below_the_precision_is_raised_to_it"),
    Mutant("factor not moved to another shift", "ridge/statistics", "factor[0, 1:] += factor[0, 0]", "factor[0, 1:] += 0", "ridge::test_equals_ridge"),
    Mutant("penalty forgotten by the factor", "ridge/solve", "(values + root * (root / values))", "values", "ridge::test_equals_ridge"),
    Mutant("the factor divides by nothing", "ridge/solve", "least = root = precision", "least = 0.0", "ridge::test_an_alpha_below_the_precision_is_raised_to_it"),
    Mutant("levels not transformed back", "esn/forecaster", "self._unlevel(undifference(steps, level, self._lags))", "undifference(steps, level, self._lags)", "esn::test_a_transformer_of_the_levels_is_a_model_of_the_transformed_series"),
    Mutant("the factor always too dear", "readouts/linear", "solver = \"qr\" if too_small", "solver = \"gram\" if too_small", "esn::test_the_solver_is_chosen_by_alpha"),
    Mutant("washout off by one", "readouts/training", "weight[:washout] = 0.0", "weight[: washout + 1] = 0.0", "esn::test_a_series_equals_states_and_ridge"),
    # closed forms
    Mutant("half a reflection", "ridge/solve", 'rotate(cross, "T")', 'rotate(cross, "N")', "readouts::test_folds_equal_brute_force"),
    Mutant("GCV without the intercept", "ridge/spectrum", "(alphas) - fit_intercept", "(alphas)", "readouts::test_gcv_equals_its_formula"),
    Mutant("evidence without the determinant", "ridge/spectrum", "- np.log(shrinkage).sum(axis=1)[:, None]", "", "readouts::test_evidence_equals_bayesian_ridge"),
    Mutant("variance of the noise biased", "ridge/spectrum", "self.weight - self.degrees_of_freedom(alphas), np", "self.weight, np", "readouts::test_the_standard_deviation_covers"),
    Mutant("leverages forgotten", "readouts/linear", "constant + spectrum.leverages(x, alphas)", "constant", "readouts::test_the_standard_deviation_covers"),
    Mutant("left out and kept", "ridge/spectrum", "left = 1.0 - weight[:, None] * share", "left = 1.0 - 0 * weight[:, None] * share", "readouts::test_leave_one_out_equals_ridge_cv"),
    Mutant("errors of the training part", "ridge/folds", "held_out = merged.total(test)", "held_out = merged.total(train)", "readouts::test_folds_equal_brute_force"),
    Mutant("everything in the fold", "ridge/folds", "return self._prefix(start) + self._suffix(stop) if", "return self._prefix(len(self._parts)) if", "readouts::test_folds_equal_brute_force"),
    Mutant("the gap on one side", "readouts/linear", "near[max(0, test[0] - gap) :", "near[test[0] :", "readouts::test_a_gap_is_in_no_fold"),
    Mutant("nothing forgotten between chunks", "readouts/linear", "statistics.fade(self.forgetting **", "statistics.fade(1.0 **", "readouts::test_chunks_equal_the_whole"),
    Mutant("ages backwards", "readouts/training", "len(weight) - 1 - np.arange(len(weight))", "np.arange(len(weight))", "readouts::test_chunks_equal_the_whole"),
    Mutant("a chunk starts from zero", "esn/regressor", "self.end_state_.T if proceeds else zero", "zero", "readouts::test_a_network_learns_chunk_by_chunk"),
    Mutant("noise repeats itself", "dynamics/batch", "start + self.first_step", "start", "readouts::test_a_network_learns_chunk_by_chunk"),
    Mutant("penalties not topped up", "ridge/recursive", "np.sqrt(lacking)", "0.0", "readouts::test_the_recursive_readout_solves_its_equations"),
    Mutant("penalties not topped up in a merge", "ridge/recursive", "self._held.merge(other)\n        self._stack(np.empty((self.size, 0)))", "self._held.merge(other)", "ridge::test_the_penalty_is_in_a_recursive_factor_once"),
    Mutant("a copy that is none", "ridge/statistics", "other.matrix = self.matrix.copy(order=\"F\")", "pass", "ridge::test_statistics_are_values"),
    Mutant("every part the first", "esn/regressor", "part._n_sequences_seen = check_count(first_sequence,", "part._n_sequences_seen = 0 * check_count(first_sequence,", "readouts::test_merged_parts_have_the_noise_of_the_whole"),
    Mutant("the future is known", "esn/regressor", "len(past_x) + stop - delay", "len(past_x) + stop + 1 - delay", "readouts::test_predict_then_update_knows_no_future"),
    Mutant("quantile of the errors themselves", "esn/bands", "(m + 1.0) * probability / m", "probability", "bands::test_a_further_error_stays_below_the_quantile_as_often_as_said"),
    Mutant("overlapping forecasts all counted", "esn/bands", "else np.asarray(n_apart)", "else np.full(errors.shape[1:2], n)", "bands::test_forecasts_that_overlap_count_as_fewer"),
    Mutant("bands of logarithms left as they are", "esn/forecaster", "_of_finite(self._unlevel, part) for part", "part for part", "bands::test_bands_of_logarithms_stay_above_zero"),
    # networks
    Mutant("predict starts afresh", "esn/regressor", "return esn.end_state_.T\n", "return 0 * esn.end_state_.T\n", "esn::test_a_series_equals_states_and_ridge"),
    Mutant("targets not shifted", "esn/forecaster", "else z[1:] for z in scaled", "else z[:-1] for z in scaled", "esn::test_the_closed_loop_equals_a_plain_loop"),
    Mutant("increments not added in the loop", "esn/forecaster", "output += stepper.input[:d]", "pass", "esn::test_the_closed_loop_equals_a_plain_loop"),
    Mutant("increments not added one step ahead", "esn/forecaster", "z = z[:-1] + step if", "z = step if", "esn::test_exogenous_rows_help_and_equal_a_plain_loop"),
    Mutant("closed loop forgets the intercept", "esn/forecaster", "        answer += shift\n", "", "esn::test_the_closed_loop_equals_a_plain_loop"),
    Mutant("inputs not shown", "dynamics/leaky", "self.operand[: update.n_seen]", "self.operand[1 : 1 + update.n_seen]", "esn::test_increments_with_passthrough_are_ridge_on_states_and_inputs"),
    Mutant("exog one step late", "esn/forecaster", "e[len(e) - len(z) :]", "e[len(e) - len(z) - 1 : -1]", "esn::test_exogenous_rows_help_and_equal_a_plain_loop"),
    Mutant("data not scaled back", "esn/forecaster", "self.scaler_.inverse_transform(z)", "z", "esn::test_the_closed_loop_equals_a_plain_loop"),
    Mutant("missing targets trained on", "sequences", "np.isnan(item).any(axis=1), 0.0, w",
           "np.isnan(item).any(axis=1), w, w", "esn::test_missing_targets_and_weights"),
    Mutant("season continued from its second step", "sequences", "history[len(history) - lag :]",
           "np.roll(history[len(history) - lag :], 1, axis=0)", "esn::test_undifference_and_carried_invert_difference"),
    Mutant("rolling forecasts all from one state", "esn/forecaster", "states.append(state[:, 0])",
           "states.append(self.regressor_.end_state_[0])", "esn::test_exogenous_rows_help_and_equal_a_plain_loop"),
    Mutant("leak rates drawn uniformly", "reservoirs/leaky", "np.exp(rng.uniform(low, high, size=self.n_units))",
           "rng.uniform(*leak, size=self.n_units)", "reservoirs"),
    Mutant("variance forgotten in the NMSE", "metrics", ".mean(axis=0) / variance)", ".mean(axis=0))", "datasets"),
    Mutant("median of all but the best", "model_selection", "ranked = self._ranked()[: self.n_best]", "ranked = self._ranked()[1 : self.n_best + 1]", "model_selection"),
    Mutant("scores of divergent loops kept", "model_selection", "np.nan_to_num(forecasts, nan=FAR_OFF)", "np.nan_to_num(forecasts, nan=0.0)", "model_selection"),
    Mutant("candidates ranked worst first", "model_selection", "np.argsort(ranks", "np.argsort(-ranks", "model_selection"),
    Mutant("absolute percentage error of the truth alone", "metrics", "np.abs(y_true) + np.abs(y_pred)", "2 * np.abs(y_true)", "datasets::test_smape_is_symmetric_and_bounded"),
    Mutant("evidence below what a Gram matrix can tell", "readouts/linear", "np.maximum(spectrum.evidence_alpha(), least)", "spectrum.evidence_alpha()", "esn::test_the_default_forecaster_needs_no_warning_for_what_is_exact"),
    Mutant("readouts of a path mixed up", "esn/forecaster", "np.tile(last, copies)", "np.repeat(last, len(readouts), axis=1)", "model_selection::test_a_path_runs_freely_as_one_batch"),
    Mutant("far candidates vote", "model_selection", "close[:FEW_VOTERS] = True", "close[:] = True", "model_selection::test_close_candidates_vote_beyond_the_best_five"),
    Mutant("earlier rounds vote", "model_selection", "close &= rounds == rounds[0]", "close &= True", "model_selection::test_close_candidates_vote_beyond_the_best_five"),
    Mutant("folds of few forecasts weigh as much", "model_selection", "[1.0] * len(folds) if refits else", "[1.0] * len(folds) if True else", "model_selection::test_one_fit_forecasts_all_folds"),
    Mutant("halving keeps the worst", "model_selection", "np.argsort(-np.array(best)", "np.argsort(np.array(best)", "model_selection::test_halving_trains_the_better_reservoirs_on_more"),
    Mutant("earlier rounds rank as later ones", "model_selection", "rankdata(places + later", "rankdata(places", "model_selection::test_halving_trains_the_better_reservoirs_on_more"),
    Mutant("folds of one fit mixed up", "model_selection", "for first in firsts]", "for first in [0] * n_folds]", "model_selection::test_one_fit_forecasts_all_folds"),
    Mutant("short trainings take the oldest rows", "model_selection", "folds[0][0][-longest:]", "folds[0][0][:longest]", "model_selection::test_halving_trains_the_better_reservoirs_on_more"),
    # representations
    Mutant("bytes overflow", "representations/streaming", "range(0, len(states), 255)", "range(0, len(states), 300)", "representations::test_a_summary_equals_a_plain_loop"),
    Mutant("changes between blocks forgotten", "representations/streaming", "columns.sums[1] += np.abs(states[0] - columns.last)", "pass", "representations::test_a_stream_of_states_has_the_same_summary"),
    Mutant("changes between chunks forgotten", "representations/streaming", "self._sums[sequence, 1] += np.abs(first - self._ends[sequence, start])", "pass", "representations::test_a_stream_of_states_has_the_same_summary"),
    Mutant("thresholds the same for all units", "representations/summary", "rng.random_sample((n_thresholds, sample.shape[1]))", "np.full((n_thresholds, sample.shape[1]), 0.5)", "representations::test_thresholds_are_quantiles_of_the_training_states"),
    Mutant("groups not weighted", "representations/summary", "/ np.sqrt(np.repeat(sizes, sizes))", "", "representations::test_every_statistic_has_the_same_weight"),
    Mutant("models without their mean", "representations/model_space", "h = h - h_mean", "pass", "representations::test_model_spaces_are_ridge_of_every_sequence"),
    Mutant("changes over the wrong number of steps", "representations/summary", "changes / steps(changes)", "changes / (1 + steps(changes))", "representations::test_steps_are_beginnings"),
    Mutant("washout kept", "representations/base", "item[self.washout :]", "item", "representations::test_last_and_mean"),
    # classifiers
    Mutant("temperature of decisions that know their row", "readouts/classifier", "return y - errors[np", "return y - 0 * errors[np", "classification::test_alpha_and_temperature_are_those_of_leaving_one_out"),
    Mutant("alpha of the greatest loss", "readouts/classifier", "best = int(np.argmin(", "best = int(np.argmax(", "classification::test_the_default_alpha_makes_the_left_out_labels_most_likely"),
    Mutant("few rows decomposed without their mean", "ridge/spectrum", "weight / total if fit_intercept", "np.zeros_like(weight) if fit_intercept", "classification::test_alpha_and_temperature_are_those_of_leaving_one_out"),
    Mutant("classes all of one weight", "readouts/classifier", "return of_class if sample_weight is None else of_class * np", "return sample_weight if sample_weight is None else 1.0 * np", "classification::test_the_readout_is_a_ridge_classifier"),
    Mutant("inputs not scaled", "esn/classifier", "scaled = self.scaler_.transform(sequences.restore(sequences.items))", "scaled = sequences.restore(sequences.items)", "classification::test_a_classifier_is_its_pipeline"),
    Mutant("model space without inputs", "esn/classifier", "last.set_params(n_outputs=self.n_features_in_)", "pass", "classification::test_the_output_model_space_sees_the_inputs"),
    Mutant("scales of a sample", "representations/summary", "return self._learn_scales(plain())", "return self._learn_scales(self.plain(sample))", "representations::test_batches_share_their_scales"),
    Mutant("backward states not turned", "reservoirs/composed", "backward = [states[::-1] for states in backward]", "pass", "reservoirs::test_a_bidirectional_reservoir_runs_both_ways"),
    Mutant("padding kept", "interchange", "x[:length].copy()", "x.copy()", "interchange::test_there_and_back"),
    Mutant("long frames in their own order", "interchange", "frame.sort_values(time, kind=\"stable\")", "frame", "interchange::test_long_frames_in_any_order"),
    Mutant("washout of steps takes sequences", "esn/classifier", 'if "readout__washout" in self.readout_.get_params():', "if False:", "classification::test_a_washout_of_steps_leaves_every_sequence_in"),
    Mutant("deviations that know of rows alone", "readouts/linear", "            spectrum = spectrum_of(", "            self._spectrum = spectrum = spectrum_of(", "readouts::test_deviations_of_fewer_rows_than_features"),
]  # fmt: skip
