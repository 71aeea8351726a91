# Other tasks than many classes: values, one output for two classes, no labels. Numbers against an oracle: tests/unit/test_kinds.c.
> open tests/data/kinds/values.onnx
values: 31 parameters, 24 prunable weights in 2 layers: fc1 fc2
> curve points=0,0.5
amount  sparsity        kept       bytes
 0.000      0.0%          24       124 B
 0.500     50.0%          12        80 B
> data tests/data/kinds/values.json
values: train 10, validation 10, test 20, all 40; 0 classes, 0 groups; synthetic
> prune 0.6
kept 10 of 24 weights (58.3% cut); 72 B as bitmask, 124 B as csr, 124 B dense
multiply-adds 10 of 24; dead units 4; inputs cut off 1: a2
> eval
on validation: mean squared error 1.13806, dense 0.053443; change +1.08461 (95% +0.371444 .. +1.79778); r2 -0.5778, dense 0.9259
10 of 10 records (100.0%) of split validation get a different answer
> eval split=test
on test: mean squared error 0.785842, dense 0.0952824; change +0.69056 (95% +0.099156 .. +1.28196); r2 0.4935, dense 0.9386
20 of 20 records (100.0%) of split test get a different answer
> curve points=3
amount  sparsity        kept       bytes  squared error  95% interval  on validation
 0.000      0.0%          24       124 B       0.053443  0.053443 .. 0.053443
 0.333     33.3%          16        96 B      0.0667843  0.0357851 .. 0.0977835
 0.667     66.7%           8        64 B        2.90798  1.13136 .. 4.68459
! layers alone=yes
poda: layers alone=yes: what a layer costs alone is a change of accuracy, and values has no class labels
      its targets are values: 'curve layers=NAME' shows their squared error
> data tests/data/kinds/unlabelled.csv
unlabelled: all 40; 0 classes, 0 groups
> eval
40 of 40 records (100.0%) of split all get a different answer
> curve points=3
amount  sparsity        kept       bytes  changed  on all
 0.000      0.0%          24       124 B        0
 0.333     33.3%          16        96 B       40
 0.667     66.7%           8        64 B       40
! layers alone=yes
poda: layers alone=yes: what a layer costs alone is a change of accuracy, and unlabelled has no class labels
      name them: data FILE.csv label=COLUMN, or "label" in the manifest
> open tests/data/kinds/two_values.onnx
two_values: 32 parameters, 25 prunable weights in 2 layers: fc1 fc2
> data tests/data/kinds/two_values.json
two_values: all 40; 0 classes, 0 groups; synthetic
> prune bytes=80
kept 12 of 25 weights (52.0% cut); 80 B as bitmask, 136 B as csr, 128 B dense
multiply-adds 12 of 25; dead units 4; inputs cut off 0
> eval
on all: mean squared error 0.951662, dense 0.605619; change +0.346042 (95% +0.0166625 .. +0.675422); r2 0.3045, dense 0.6951
34 of 40 records (85.0%) of split all get a different answer
> open tests/data/kinds/logit.onnx
logit: 37 parameters, 30 prunable weights in 2 layers: fc1 fc2
> data tests/data/kinds/logit.json
logit: all 40; 2 classes, 0 groups; synthetic
> prune macs=0.4
kept 12 of 30 weights (60.0% cut); 80 B as bitmask, 136 B as csr, 148 B dense
multiply-adds 12 of 30; dead units 3; inputs cut off 0
> eval
on all: accuracy 95.00%, dense 95.00%; change +0.00pp (95% -9.33pp .. +9.33pp)
2 of 40 records (5.0%) of split all get a different answer: 1 newly wrong, 1 newly right
> curve points=3
amount  sparsity        kept       bytes  accuracy  95% interval  on all
 0.000      0.0%          30       148 B    95.00%  88.40% .. 101.60%
 0.333     33.3%          20       112 B    92.50%  82.21% .. 103.03%
 0.667     66.7%          10        72 B    65.00%  49.88% .. 82.97%
> layers alone=yes
layer                     op             weights        kept  sparsity  dead/units  alone on all
fc1                       Gemm                24           9     62.5%      3/6     +0.00pp
fc2                       Gemm                 6           3     50.0%      0/1     +2.50pp
> open tests/data/kinds/classes.onnx
classes: 51 parameters, 42 prunable weights in 2 layers: fc1 fc2
! data tests/data/kinds/values.json
poda: data tests/data/kinds/values.json: tests/data/kinds/values.json: 3 features a record, but the model's input x is 1x4: 4 elements
      name the columns in "features", in the order of the model's input
! data tests/data/kinds/logit.csv label=answer
poda: data tests/data/kinds/logit.csv label=answer: tests/data/kinds/logit.csv: 2 classes, but the model has 3 outputs
      list the model's classes in "label": {"classes": [...]}, in the order of its outputs
> data tests/data/kinds/unlabelled.json
unlabelled: all 40; 0 classes, 0 groups; synthetic
> prune params=26
kept 17 of 42 weights (59.5% cut); 110 B as bitmask, 182 B as csr, 204 B dense
multiply-adds 17 of 42; dead units 4; inputs cut off 0
> eval
12 of 40 records (30.0%) of split all get a different answer
> data tests/data/kinds/gz.json
gz: train 24, test 16, all 40; 3 classes, 0 groups; synthetic
> eval
on test: accuracy 62.50%, dense 87.50%; change -25.00pp (95% -46.84pp .. +2.40pp)
4 of 16 records (25.0%) of split test get a different answer: 4 newly wrong, 0 newly right
> data tests/data/kinds/classes.json
classes: train 20, validation 10, test 10, all 40; 3 classes, 0 groups; synthetic
> eval split=all
on all: accuracy 55.00%, dense 77.50%; change -22.50pp (95% -36.96pp .. -5.90pp)
12 of 40 records (30.0%) of split all get a different answer: 10 newly wrong, 1 newly right
