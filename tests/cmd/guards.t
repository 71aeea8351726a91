# Protecting, cutting and putting back by hand.
> open samples/breast-cancer/model.onnx
breast-cancer: 650 parameters, 624 prunable weights in 3 layers: fc1 fc2 fc3
> data samples/breast-cancer/dataset.json
Breast cancer (Wisconsin, diagnostic): train 342, validation 85, test 142, all 569; 2 classes, 0 groups
> protect layer:fc3
protected: layer:fc3
> curve points=0.5,0.98
amount  sparsity        kept       bytes  accuracy  95% interval  on validation
 0.500     50.0%         312     1.4 KiB    94.12%  90.25% .. 98.04%
1 of 2 amounts are out of reach; prune AMOUNT says why
> protect "input:radius, mean"
protected: layer:fc3 input:radius, mean
> prune 0.9
kept 62 of 624 weights (90.1% cut); 430 B as bitmask, 592 B as csr, 2.5 KiB dense
multiply-adds 62 of 624; dead units 6; inputs cut off 22: perimeter, mean; smoothness, mean; compactness, mean; concave points, mean; symmetry, mean; fractal dimension, mean ...
> layers
layer                     op             weights        kept  sparsity  dead/units  alone
fc1                       Gemm               480          25     94.8%      4/16      16 protected
fc2                       Gemm               128          21     83.6%      2/8     
fc3                       Gemm                16          16      0.0%      0/2       protected
> release layer:fc3
protected: input:radius, mean
! release layer:fc3
poda: release layer:fc3: layer:fc3 is not protected
      protected: input:radius, mean
! protect layer:fc7
poda: protect layer:fc7: no layer fc7 (layers: fc1 fc2 fc3)
      did you mean fc1?
! protect fc1
poda: protect fc1: fc1 says not what it is
      write input:NAME, layer:NAME, unit:LAYER/UNIT or link:LAYER/UNIT/INPUT
! protect "input:height"
poda: protect "input:height": no input height
      known: radius, mean; texture, mean; perimeter, mean; area, mean; smoothness, mean; compactness, mean; concavity, mean; concave points, mean; symmetry, mean; fractal dimension, mean; radius, error; texture, error; and 18 more
! protect input:fractal
poda: protect input:fractal: no input fractal
      did you mean "input:fractal dimension, mean"?
! protect "input:texture, wurst"
poda: protect "input:texture, wurst": no input texture, wurst
      did you mean "input:texture, worst"?
> cut fc1/3/2
kept 62 of 624 weights (90.1% cut); 430 B as bitmask, 592 B as csr, 2.5 KiB dense
multiply-adds 62 of 624; dead units 6; inputs cut off 22: perimeter, mean; smoothness, mean; compactness, mean; concave points, mean; symmetry, mean; fractal dimension, mean ...
> cut fc2/1
kept 53 of 624 weights (91.5% cut); 394 B as bitmask, 538 B as csr, 2.5 KiB dense
multiply-adds 53 of 624; dead units 10; inputs cut off 24: texture, mean; perimeter, mean; smoothness, mean; compactness, mean; concave points, mean; symmetry, mean ...
> restore fc2/1
kept 71 of 624 weights (88.6% cut); 466 B as bitmask, 646 B as csr, 2.5 KiB dense
multiply-adds 71 of 624; dead units 2; inputs cut off 21: perimeter, mean; smoothness, mean; compactness, mean; concave points, mean; symmetry, mean; fractal dimension, mean ...
> restore fc1/3/2
kept 72 of 624 weights (88.5% cut); 470 B as bitmask, 652 B as csr, 2.5 KiB dense
multiply-adds 72 of 624; dead units 2; inputs cut off 20: smoothness, mean; compactness, mean; concave points, mean; symmetry, mean; fractal dimension, mean; radius, error ...
! cut fc3/0
poda: cut fc3/0: fc3/0 is pinned: it is an output of the model
      its connections can be cut one by one: cut LAYER/UNIT/INPUT
! cut fc1/99
poda: cut fc1/99: fc1 has no unit 99
      its units are 0 to 15
! cut fc1/3/99
poda: cut fc1/3/99: fc1 has no input 99
      its inputs are 0 to 29
! restore nowhere/1
poda: restore nowhere/1: no layer nowhere (layers: fc1 fc2 fc3)
      the command layers lists all of them
! cut
poda: cut: cut: a word is missing
      usage: cut fc1/37/12
> undo
undid #10 restore fc1/3/2; at step 9
> undo
undid #9 restore fc2/1; at step 8
