# What is written: smaller models, masked models, outputs; and the tree as history shows it.
> open samples/breast-cancer/model.onnx
breast-cancer: 650 parameters, 624 prunable weights in 3 layers: fc1 fc2 fc3
> predict tests/oracle/predict/breast-cancer/x.npy @WORK/first.npy
64 outputs written to @WORK/first.npy
! predict tests/oracle/predict/breast-cancer/x.npy @WORK/first.npy
poda: predict tests/oracle/predict/breast-cancer/x.npy @WORK/first.npy: @WORK/first.npy is there already
      force=yes overwrites it
> predict tests/oracle/predict/breast-cancer/x.npy @WORK/first.npy force=yes
64 outputs written to @WORK/first.npy
! export samples/breast-cancer/model.onnx force=yes
poda: export samples/breast-cancer/model.onnx force=yes: samples/breast-cancer/model.onnx is a model of this session, which is never replaced
      name another file
> history
*#1 from #0  open @HERE/samples/breast-cancer/model.onnx hash=cdcdd94ab3706bfef94368c8466fc5c73306f2359caadec80e46fce83ea6119c zeros=keep  kept 624
> prune 0.3 structure=unit
kept 450 of 624 weights (27.9% cut); 1.9 KiB as bitmask, 2.9 KiB as csr, 2.5 KiB dense
multiply-adds 450 of 624; dead units 7; inputs cut off 0
> export @WORK/masked.onnx
@WORK/masked.onnx: 3.2 KiB, 27.9% of its prunable weights are 0 (read back from the file)
! export @WORK/masked.onnx
poda: export @WORK/masked.onnx: @WORK/masked.onnx is there already
      force=yes overwrites it
> export @WORK/masked.onnx force=yes
@WORK/masked.onnx: 3.2 KiB, 27.9% of its prunable weights are 0 (read back from the file)
! export @WORK/nowhere/masked.onnx
poda: export @WORK/nowhere/masked.onnx: @WORK/nowhere/masked.onnx: cannot be written: No such file or directory
      nothing was changed there; free space or name another place
> shrink
7 units removed for good; 469 parameters, 450 multiply-adds; largest difference to the masked model 0
! shrink
poda: shrink: nothing to remove: the model is shrunk already, and no unit that may leave is cut or dead
      remove units first: prune 0.3 structure=unit, or cut LAYER/UNIT
> layers
layer                     op             weights        kept  sparsity  dead/units  alone
fc1                       Gemm               390         390      0.0%      0/13    
fc2                       Gemm                52          52      0.0%      0/4     
fc3                       Gemm                 8           8      0.0%      0/2     
> export @WORK/small.onnx
@WORK/small.onnx: 2.5 KiB, 0.0% of its prunable weights are 0 (read back from the file)
> history
 #1 from #0  open @HERE/samples/breast-cancer/model.onnx hash=cdcdd94ab3706bfef94368c8466fc5c73306f2359caadec80e46fce83ea6119c zeros=keep  kept 624
 #2 from #1  prune 0.3 criterion=magnitude structure=unit scope=global norm=l2 seed=1  kept 450
*#3 from #2  shrink  kept 450
> open @WORK/small.onnx
small: 469 parameters, 450 prunable weights in 3 layers: fc1 fc2 fc3
! predict tests/data/arrays/none.npy @WORK/out.npy
poda: predict tests/data/arrays/none.npy @WORK/out.npy: tests/data/arrays/none.npy: No such file or directory
      look whether the name is right; it counts from the folder that poda was started in
! predict samples/breast-cancer/breast_cancer.csv @WORK/out.npy
poda: predict samples/breast-cancer/breast_cancer.csv @WORK/out.npy: samples/breast-cancer/breast_cancer.csv: neither an NPY nor an IDX file
      numpy.save writes NPY files
! shrink now
poda: shrink now: shrink: a word is too many: now
      usage: shrink
! history now
poda: history now: history: a word is too many: now
      usage: history
! layers alone=maybe
poda: layers alone=maybe: alone= knows no maybe
      known: yes no
! layers alone=yess
poda: layers alone=yess: alone= knows no yess
      did you mean yes? known: yes no
! export @WORK/x.onnx format=onxn
poda: export @WORK/x.onnx format=onxn: format= knows no onxn
      did you mean onnx? known: onnx
! export @WORK/x.onnx force=always
poda: export @WORK/x.onnx force=always: force= knows no always
      known: yes no
! open @WORK/small.onnx zeros=kept
poda: open @WORK/small.onnx zeros=kept: zeros= knows no kept
      did you mean keep? known: keep cut
! data samples/breast-cancer/dataset.json skip_bad=ye
poda: data samples/breast-cancer/dataset.json skip_bad=ye: skip_bad= knows no ye
      did you mean yes? known: yes no
! neuron fc1/0 activity=never
poda: neuron fc1/0 activity=never: activity= knows no never
      known: yes no
! sizes 3
poda: sizes 3: sizes: a word is too many: 3
      usage: sizes
! sizes 3 and more
poda: sizes 3 and more: sizes: 3 words are too many, from 3 on
      usage: sizes
! hide 99
poda: hide 99: no step 99
      steps are 1 to 4; 'history' shows them
! diff 1
poda: diff 1: diff: a word is missing
      usage: diff 2 3
! diff 1 99
poda: diff 1 99: no step 99
      steps are 1 to 4; 'history' shows them
! hide
poda: hide: hide: a word is missing
      usage: hide 7
