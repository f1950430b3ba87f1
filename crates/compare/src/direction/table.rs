//! The published table: which words of a metric's name say what. Data only; `grammar` reads names with it, and
//! `docs/directions.md` is written from it.
//!
//! Sources: the documentation of scikit-learn, torchmetrics (`higher_is_better`), Keras, XGBoost, LightGBM, CatBoost,
//! lm-evaluation-harness, Hugging Face Evaluate and Trainer, Ultralytics, MMDetection, Detectron2, nuScenes, ragas,
//! DeepEval, promptfoo, Stable-Baselines3, TRL, GluonTS and vLLM's benchmark.

use super::class::{Class, Group, group};

pub(super) const TABLE: &[Group] = &[
    group(
        Class::Higher,
        "classification",
        "accuracy, acc, bacc, macc, aacc, pacc, acc norm, f1, f2, f05, f beta, fbeta, f score, fscore, f measure, \
         fmeasure, m fscore, f1 score, auc, auroc, auprc, roc auc, pr auc, auc pr, auc roc, pauc, gauc, qauc, \
         log auc, auc mu, average precision, avg prec, recall, mrecall, mprecision, tpr, tnr, ppv, npv, mcc, \
         true positive rate, true negative rate, positive predictive value, negative predictive value, matthews, \
         matthews corrcoef, matthews corr coef, matthews correlation, phi coefficient, cohen kappa, cohens kappa, \
         fleiss kappa, quadratic weighted kappa, qwk, wkappa, jaccard, jaccard index, g mean, gmean, \
         youden index, youdens j, normalized gini, positive likelihood ratio, critical success index, \
         cramers v, balanced acc, exact match, token f1, area under roc, area under curve, c index, cindex, \
         concordance index, concordance, ks statistic, recall samples, precision samples, f1 samples, \
         jaccard samples, accuracy samples, roc auc samples, word info preserved",
    ),
    group(
        Class::HigherAlone,
        "classification",
        "precision, prec, sensitivity, specificity, kappa, em, exact, r precision, mc1, mc2, roc, quasi exact match",
    ),
    group(
        Class::Higher,
        "regression and likelihood",
        "r2, r squared, rsquared, r2 score, r square, rsq, explained variance, explained variance score, d2 tweedie, pearson, \
         pearsonr, pearson correlation, pearson corrcoef, pearson corr coef, spearman, spearmanr, \
         spearman correlation, spearman corrcoef, spearman corr coef, spearman rank correlation, kendall tau, \
         kendall rank corr coef, kendall, concordance corr coef, concordance correlation coefficient, \
         concordance correlation, nash sutcliffe, nse, kling gupta, log likelihood, loglik, \
         log likelihood of prediction, elbo, intraclass correlation",
    ),
    group(
        Class::Higher,
        "ranking and recommendation",
        "ndcg, dcg, discounted cumulative gain, normalized discounted cumulative gain, mrr, mean reciprocal rank, reciprocal rank, hit rate, hit ratio, hr@, hits@, hit@, r@, p@, \
         ndcg@, mean average precision, mean ap, arhr, pfound, average gain, success@, mean average recall, \
         label ranking average precision, ranking average precision, rank biased precision, map@",
    ),
    group(
        Class::HigherAlone,
        "ranking and detection",
        "map, map50, map 50, map s, map m, map l, map small, map medium, map large, m ap, map per class, \
         ap, ap s, ap m, ap l, ap r, ap c, ap f, ap small, ap medium, ap large, mar, mar small, mar medium, mar large, \
         ar, ar s, ar m, ar l, ar small, ar medium, ar large, ar@, pq, rq, sq, pq th, pq st, sq th, sq st, rq th, \
         rq st, pck, oks, nds, nd score, mota, amota, hota, assa, deta, idf1, id f1, idp, idr, mostly tracked, \
         fitness score, panoptic quality, modified panoptic quality, average recall",
    ),
    group(
        Class::Higher,
        "segmentation and vision",
        "iou, miou, mean iou, fwiou, fiou, giou, diou, ciou, biou, intersection over union, dice, mdice, \
         dice coefficient, dice coef, dice score, nsd, normalized surface dice, surface dice, psnr, psnrb, \
         peak signal noise ratio, peak signal to noise ratio, ssim, mssim, ms ssim, msssim, vif, vmaf, uqi, \
         structural similarity, structural similarity index, structural similarity index measure, \
         universal image quality index, visual information fidelity, quality with no reference, \
         spatial correlation coefficient, inception score, clip score, clipscore, clip iqa, clip similarity, clip sim",
    ),
    group(
        Class::Higher,
        "text and language models",
        "bleu, sacrebleu, sacre bleu, gleu, bleurt, rouge, rouge l, rouge lsum, rouge n, rouge w, rouge s, chrf, cider, \
         bertscore, bert score, bart score, pass@, pass rate, win rate, success rate, solve rate, passed rate, \
         completion rate, task completion, task success, faithfulness, groundedness, response groundedness, \
         answer relevancy, answer relevance, contextual relevancy, contextual relevance, context relevancy, \
         context relevance, context utilization, response relevancy, response relevance, conversation relevancy, \
         turn relevancy, multi modal relevance, factual correctness, answer correctness, tool correctness, \
         json correctness, argument correctness, factuality, truthfulness, helpfulness, coherence, conciseness, \
         fluency, instruction following, topic adherence, role adherence, plan adherence, plan quality, \
         prompt alignment, knowledge retention, conversation completeness, answer similarity, \
         semantic similarity, semantic answer similarity, string similarity, cosine similarity, \
         non toxic rate, non toxic, harmlessness, squad, anls, math verify, sql equivalence, agreement rate, \
         agent goal accuracy, joint goal accuracy, resolved rate, valid json rate, non hallucination rate, \
         step efficiency, correctness",
    ),
    group(
        Class::HigherAlone,
        "text and language models",
        "meteor, comet, spice, mauve, elo, elo rating, relevancy, relevance, mos, reward, rew, reward margin, rewards margin, \
         rewards margins, rlhf reward, return, episode reward, cumulative reward, summarization, wip",
    ),
    group(
        Class::Higher,
        "speech and sound",
        "pesq, stoi, estoi, si sdr, sisdr, si snr, sisnr, si sdri, si snri, sdri, snri, dnsmos, utmos, nisqa, visqol, sa sdr, \
         signal distortion ratio, signal to distortion ratio, signal noise ratio, signal to noise ratio, \
         perceptual evaluation speech quality, short time objective intelligibility, mean opinion score, rtfx, \
         inverse real time factor, speech reverberation modulation energy ratio, \
         non intrusive speech quality assessment, permutation invariant training",
    ),
    group(Class::HigherAlone, "speech and sound", "sdr, snr, sar, sir, srmr"),
    group(
        Class::Higher,
        "clustering",
        "nmi, ami, ari, silhouette, homogeneity, v measure, vmeasure, calinski harabasz, dunn index, fowlkes mallows, \
         fowlkes mallows index, rand index, rand score, adjusted rand, adjusted rand index, adjusted mutual info, \
         normalized mutual info, mutual info score, adjusted mutual information, normalized mutual information, \
         completeness score, consensus score",
    ),
    group(Class::HigherAlone, "clustering", "completeness, purity, cluster purity, dbcv"),
    group(
        Class::HigherAlone,
        "business, games and tests",
        "sharpe, sharpe ratio, sortino, sortino ratio, calmar ratio, profit, revenue, detection rate, conversion rate, \
         cache hit rate, code coverage, line coverage, branch coverage, test coverage, speedup, tests passed, \
         slo attainment, jga",
    ),
    group(
        Class::Output,
        "throughput",
        "throughput, goodput, tokens per second, tokens per sec, tokens per s, images per second, images per sec, img per sec, \
         frames per second, frames per sec, queries per second, fps, qps, tps, mfu",
    ),
    group(
        Class::Error,
        "regression and probabilities",
        "mse, rmse, mae, mape, smape, wape, wmape, msle, rmsle, medae, mdape, mase, rmsse, wrmsse, nrmse, nmae, mre, \
         squared error, absolute error, percentage error, absolute percentage error, squared log error, \
         squared logarithmic error, absolute scaled error, relative error, relative squared error, \
         relative absolute error, max error, \
         log loss, logloss, brier, brier loss, pinball loss, pinball, poisson deviance, gamma deviance, \
         tweedie deviance, deviance, negative likelihood ratio, scaled error, log error, rms error, rmse with uncertainty",
    ),
    group(
        Class::Lower,
        "classification and probabilities",
        "cross entropy, crossentropy, binary crossentropy, bce, xentropy, xent, nll, nllloss, neg log likelihood, \
         negative log likelihood, neg log lik, negative loglikelihood, neg loglikelihood, nloglik, multi logloss, \
         mlogloss, binary logloss, merror, zero one loss, hamming loss, hamming distance, hinge, hinge loss, \
         squared hinge, categorical hinge, focal loss, ece, ace, mce, sce, tace, ence, calibration error, \
         expected calibration error, fpr, fnr, fdr, false positive rate, false negative rate, \
         false discovery rate, false alarm rate, false positives, false negatives, false positive, false negative, \
         num false positives, num false negatives, miss rate, missed rate, misclassification, misclassified, \
         inaccuracy, fall out, fallout, coverage error, label ranking loss, ranking loss, aurc, eaurc, \
         kl divergence, kldivergence, kl div, kullback leibler, kullback leibler divergence, js divergence, \
         jensen shannon, jensen shannon divergence, num errors, ibs, integrated brier, aic, bic, \
         valid l1, valid 0 l1, valid 1 l1, valid l2, valid 0 l2, valid 1 l2, training l1, training l2, davies bouldin, \
         davies bouldin index, xie beni, xie beni index, latency",
    ),
    group(
        Class::Lower,
        "forecasting and distances",
        "crps, crps sum, continuous ranked probability score, continuous ranked probability, ranked probability score, \
         msis, wql, quantile loss, w quantile loss, mean w quantile loss, weighted quantile loss, scaled quantile loss, \
         interval score, winkler, winkler score, owa, log cosh, log cosh error, mphe, huber loss, silog, \
         hausdorff, hausdorff distance, hd95, assd, chamfer, chamfer distance, wasserstein, wasserstein distance, \
         earth mover distance, minkowski distance, edit distance, extended edit distance, levenshtein, \
         levenshtein distance, average surface distance, procrustes disparity, lip vertex error, mpjpe, pa mpjpe, min ade, \
         min fde, minade, minfde, fde, epe, endpoint error, end point error, nme, ergas, rase",
    ),
    group(
        Class::Lower,
        "pictures and sound",
        "fid, fid50k, fid 50k, kid score, fvd, fad, lpips, niqe, brisque, piqe, cmmd, frechet inception distance, \
         kernel inception distance, frechet video distance, frechet audio distance, memorization informed fid, \
         memorization informed frechet inception distance, learned perceptual image patch similarity, \
         perceptual path length, spectral angle mapper, spectral distortion index, spatial distortion index, \
         relative average spectral error, error relative global dimensionless synthesis, \
         mel cepstral distortion, real time factor, f0 rmse",
    ),
    group(Class::LowerAlone, "pictures and sound", "kid, mcd, rtf"),
    group(
        Class::Lower,
        "speech and text",
        "wer, cer, mean error rate, word error, word error rate, char error rate, character error rate, phoneme error rate, phone error rate, \
         sentence error rate, match error rate, diarization error rate, equal error rate, label error rate, \
         token error rate, translation edit rate, translation error rate, word info lost, \
         word information lost, min dcf, mindcf, bits per byte, bits per character, bits per char, bpb, bpc, \
         byte perplexity, word perplexity, perplexity, ppl, hallucination rate, toxicity rate, toxicity ratio, \
         max toxicity, noise sensitivity, harmfulness, maliciousness, edit rate",
    ),
    group(Class::LowerAlone, "speech and text", "ter, der, mer, jer, eer, ser, wil, ler, tder, eed, mdcf"),
    group(
        Class::LowerAlone,
        "losses and errors",
        "loss, error, err, cost, regret, simple regret, cumulative regret, inertia, loss total, cost total, loss sum, packet loss, ce, ctc, id switches, id switch, \
         idsw, num switches, mostly lost, num fragmentations, num misses, amotp, mate, maoe, mave, maae, scale err, \
         scale error, orient err, attr err, failure rate, fail rate, failed rate, timeout rate, crash rate, \
         test failures, failed tests, tests failed, failures, test fail count, test error count, flaky tests",
    ),
    group(
        Class::Usage,
        "time, memory, money, energy",
        "ttft, tpot, itl, e2el, time to first token, time per output token, inter token latency, \
         end to end latency, inference time, inference ms, inference speed ms, preprocess ms, postprocess ms, \
         response time, prediction time, predict time ms, speed ms, speed pytorch ms, cold start, startup time, \
         memory mb, memory gb, memory gib, memory mib, memory kb, memory bytes, memory usage, memory used, memory, mem mb, \
         mem gb, gpu mem, gpu memory, peak memory, peak mem, max memory allocated, memory allocated, vram, ram mb, ram gb, \
         rss mb, model size mb, model size kb, model size gb, model size bytes, model size mib, \
         binary size, model mb, checkpoint size mb, cost usd, cost eur, cost dollars, energy consumed, \
         energy consumption, energy kwh, energy wh, energy joules, energy usage, emissions, co2, carbon emissions",
    ),
    group(Class::Top, "top-k", "top1, top2, top3, top5, top10, top20, top50, top100"),
    group(Class::Fall, "a fall", "reduction, decrease"),
    group(Class::Rise, "a rise", "increase"),
    group(Class::Drop, "a fall, behind what should rise", "drop, decline"),
    group(Class::Gain, "a rise, behind what should rise", "gain, boost, uplift"),
    group(Class::Saving, "a fall, behind what should fall", "savings, saving, saved"),
    group(Class::Worsening, "a change for the worse", "degradation, deterioration, worsening"),
    group(Class::Improvement, "a change for the better", "improvement"),
    group(Class::Skill, "skill", "skill, skill score, d2"),
    group(Class::Negated, "turned round, before a measure of error", "neg"),
    group(Class::OneMinus, "turned round", "one minus, 1 minus, 100 minus"),
    group(
        Class::Qualifier,
        "splits and places",
        "train, training, trn, val, valid, validation, test, testing, tst, dev, eval, evaluation, evaluator, holdout, hold out, \
         held out, heldout, cv, cross validation, cross val, fold, kfold, oof, oob, out of bag, ood, iid, in domain, \
         out of domain, split, metrics, metric, results, result, summary, report, scores, stats, performance, offline, online, \
         rollout, inference, predict, prediction, main, all, public, private, clean, other, class, \
         group, subset, task, run, ensemble, model, student, ema, swa, zero shot, few shot, one shot, shot, gram, \
         retrieval, humaneval, human eval, macro avg, micro avg, weighted avg, samples avg, none, cpu, gpu, cuda, ema model",
    ),
    group(
        Class::Qualifier,
        "aggregates",
        "mean, avg, average, averaged, median, max, maximum, min, minimum, macro, micro, weighted, best, worst, final, \
         last, latest, current, overall, global, local, peak, running, rolling, smoothed, cumulative, pooled, \
         p1, p5, p10, p25, p50, p75, p90, p95, p98, p99, p999, q10, q25, q50, q75, q90, q95, percentile, th, quantile, \
         geometric, harmonic, geo, ovo, ovr, one vs rest, one vs one, ovo weighted, sample, instance, per class, \
         per sample, per token, per step, per epoch, per batch, per query, per request, per image, per example, \
         per pixel, per word, per item, per episode, per call, per 1k tokens, per task, per category, k, root",
    ),
    group(Class::Before, "sums", "total, sum"),
    group(
        Class::Qualifier,
        "manners",
        "strict, loose, flexible, normalized, norm, adjusted, adj, balanced, binary, multi, multiclass, multilabel, sparse, \
         categorical, micro averaged, macro averaged, hard, soft, raw, filtered, unfiltered, robust, corrected, \
         generalized, scale invariant, multi scale, top, symmetric, absolute, relative, squared, log, rms, standardized, \
         unweighted, full, greedy, beam, easy, medium, hard, strong, weak, small, large, positive, pos, coarse, fine, \
         lower is better, higher is better, smooth, natural, non llm, llm, mutual info, approximate, fuzzy, aggregated, percent, \
         pct, percentage, usage, used, allocated, reserved",
    ),
    group(
        Class::Generic,
        "names of the number",
        "score, rate, value, coefficient, measure, statistic, frequency",
    ),
    group(
        Class::Part,
        "parts and tasks",
        "bbox, box, segm, seg, segmentation, mask, cls, classification, classifier, clf, obj, objectness, object, dfl, rpn, rpn cls, \
         rpn loc, rpn bbox, box reg, loc, localization, kpt, kobj, keypoint, keypoints, pose, lm, mlm, nsp, aux, \
         auxiliary, decode, decoder, encoder, recon, reconstruction, rec, contrastive, triplet, huber, smooth l1, focal, distill, \
         distillation, kd, consistency, no ans, no answer, perceptual, pixel, image, text, audio, video, speech, language, mel, pitch, \
         rnnt, attention, att, embedding, node, edge, link, graph, supervised, semi, cosine, similarity, \
         poisson, tweedie, tversky, lovasz, margin ranking, ranking, info nce, nt xent, token, word, char, \
         character, sentence, document, query, answer, question, context, contextual, entity, keyword, tool, tool call, \
         intent, slot, ner, pos tag, relation, event, span, label, topic, user, item, generation, translation, coco, voc, \
         imagenet, cifar10, cifar100, mnist, cityscapes, ade20k, kitti, nuscenes, librispeech, commonvoice, wikitext, \
         mmlu, hellaswag, lidar, detection, det, detector, tracking, regression, forecast, forecasting, estimation, depth, \
         disparity, flow, rotation, rot, translational, trans, position, pos err, orientation, heading, velocity, vel, angular, \
         reprojection, displacement, landmark, registration, vertex, generalization, out of sample, in sample, ep, episode, \
         api, usd, eur, dollars, left, right, front, back, horizontal, panoptic, semantic, sem seg, panoptic seg, foreground, background, \
         format, ranked, uniform, yolo, bert, ans, has, db, mm, cm, px, deg, degrees, 3d, 2d, bev",
    ),
    group(
        Class::Unit,
        "units of time and size",
        "ms, msec, millis, milliseconds, s, sec, secs, seconds, us, ns, minutes, hours, mb, gb, kb, tb, mib, gib, kib, bytes, \
         mbps, kwh, wh, joules",
    ),
    group(
        Class::Condition,
        "conditions",
        "@, on, for, in, with, without, given, under, using, by, when, where",
    ),
    group(
        Class::Other,
        "spread",
        "std, stddev, stdev, stds, std dev, standard deviation, stderr, std err, standard error, se, sem, var, variance, ci, ci95, \
         confidence interval, conf int, iqr, mad, cov, error bar, uncertainty, pvalue, p value, tstat, skew, kurtosis, \
         skewness, range, spread, interval, dispersion",
    ),
    group(
        Class::Other,
        "counts and places",
        "count, counts, support, number, index, indices, idx, argmax, argmin, rank, ranks, position of, width, length, len, bits, bit, \
         digits, dim, dims, entropy, of, num correct, size, shape",
    ),
    group(
        Class::Other,
        "differences and relations",
        "gap, delta, diff, difference, change, ratio, margin, fraction, bias, trend, slope, minus, vs, versus, over, than, from, to, \
         against, between, per, tradeoff, trade off, product, inverse, inv, reciprocal, non, not, no, un, anti, negative, \
         contribution, importance, gradient, grad, derivative, attribution, disagreement, imbalance, self bleu, \
         perplexity score, latency score, return loss, loss rate, loss value, value loss, profit loss, profit and loss, mean error, avg error, average error, \
         mean percentage error, mean signed error, mean signed difference, residual, false, wrong, incorrect, failed, missed, \
         attack, attacker, adversarial, adv, adversary, leakage, membership, mia, poison, backdoor, forget, unlearn, \
         forgetting, fake, real, discriminator, disc, generator, critic, fooling, spurious, shuffled, permuted, err@, \
         total memory, memory total, memory available, memory free, free memory, available memory, system memory",
    ),
    group(
        Class::Other,
        "another sense",
        "product recall, vehicle recall, safety recall, linear acc, lin acc, angular acc, gyro acc, feature map, heat map, \
         road map, cold map, weight loss, heat loss, hearing loss, stop loss, mixed precision, float precision, \
         floating precision, numeric precision, numerical precision, decimal precision, model precision, \
         training precision, inference precision, compute precision, weight precision, half precision, full precision, \
         double precision, single precision, access point, mean gradient",
    ),
    group(
        Class::Setting,
        "settings",
        "threshold, thresholds, thresh, thr, temperature, weight, weights, coef, coefs, lambda, alpha, beta, gamma, scale, scaling, \
         factor, budget, target, targets, goal, limit, quota, tolerance, patience, bound, bounds, floor, ceiling, \
         required, desired, expected, allowed, sla, slo, baseline, baselines, reference, ref, human, random, chance, dummy, \
         naive, majority, oracle, teacher, prior, previous, prev, old, initial, init, first, start, estimated, predicted, \
         params, param, parameters, config, configs, cfg, hparams, hyperparameters, hyperparams, settings, args, options, \
         confidence, cutoff, schedule, scheduler, warmup, fn, function, type, clip range, penalty, regularization",
    ),
    group(Class::Counter, "counting words", "n, num, nb, number of, no of"),
    group(
        Class::Counted,
        "counted things",
        "samples, features, updates, classes, layers, trees, estimators, tokens, examples, workers, gpus, devices, folds, rows, \
         columns, images, documents, queries, batches, iters, jobs, leaves, \
         clusters, components, neighbors, heads, input tokens seen, tokens seen, samples seen, envs, runs, trials, \
         instances, labels, nodes, edges, users, items, records, observations, prompts, completions",
    ),
    group(
        Class::Fact,
        "facts of the run",
        "run time, train time, training time, fit time, score time, refit time, eval time, evaluation time, test time, validation time, \
         epoch time, step time, batch time, data time, elapsed, time elapsed, elapsed time, wall time, walltime, wall clock, \
         wall clock time, time, total time, runtime, duration, timestamp, date, random seed, random state, \
         lr, learning rate, batch size, dataset size, train size, test size, val size, total flos, flos, momentum, \
         weight decay, dropout, max depth, samples per second, steps per second, samples per sec, steps per sec, \
         iterations per second, it per sec, batches per second, epochs per second, \
         train tokens per second, eval tokens per second, test tokens per second, predict tokens per second, \
         per second, best iteration, n iter, warmup steps, warmup ratio, jit compilation time, compile time, \
         model preparation time",
    ),
    group(
        Class::Progress,
        "progress",
        "epoch, epochs, step, steps, iteration, iterations, iter, global step, global steps, timesteps, total timesteps, episodes, seed, batch",
    ),
];
