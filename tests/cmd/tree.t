# The session tree.
! undo
poda: undo: nothing to undo: there is no step yet
      'history' shows the tree, 'goto STEP' goes anywhere
! redo
poda: redo: nothing to redo: no step follows this one
      'history' shows the tree, 'goto STEP' goes anywhere
! prune 0.5
poda: prune 0.5: no model is open
      open MODEL.onnx
! eval
poda: eval: no model is open
      open MODEL.onnx
> open samples/breast-cancer/model.onnx
breast-cancer: 650 parameters, 624 prunable weights in 3 layers: fc1 fc2 fc3
! eval
poda: eval: no data set is loaded
      data DATASET.json, or data FILE.csv label=COLUMN
! undo
poda: undo: nothing to undo: this is where the model was opened
      'history' shows the tree, 'goto STEP' goes anywhere
> data samples/breast-cancer/dataset.json
Breast cancer (Wisconsin, diagnostic): train 342, validation 85, test 142, all 569; 2 classes, 0 groups
> prune 0.5
kept 312 of 624 weights (50.0% cut); 1.4 KiB as bitmask, 2.0 KiB as csr, 2.5 KiB dense
multiply-adds 312 of 624; dead units 0; inputs cut off 0
> tag half
step 3 is tagged half
> note "too lossy \"so far\""
the note stands on step 3
> prune 0.9
kept 62 of 624 weights (90.1% cut); 430 B as bitmask, 592 B as csr, 2.5 KiB dense
multiply-adds 62 of 624; dead units 6; inputs cut off 17: radius, mean; perimeter, mean; smoothness, mean; symmetry, mean; fractal dimension, mean; radius, error ...
> goto half
at step 3
> prune 0.7
kept 187 of 624 weights (70.0% cut); 930 B as bitmask, 1.3 KiB as csr, 2.5 KiB dense
multiply-adds 187 of 624; dead units 0; inputs cut off 1: compactness, worst
> undo
undid #5 prune 0.7 criterion=magnitude structure=weight scope=global seed=1; at step 3
> redo
redid #5 prune 0.7 criterion=magnitude structure=weight scope=global seed=1
> goto 2
at step 2
! goto 99
poda: goto 99: no step 99
      steps are 1 to 5; 'history' shows them
! goto nowhere
poda: goto nowhere: no step or tag 'nowhere'
      steps are 1 to 5; 'history' shows them with their tags
! tag 12
poda: tag 12: a tag is 1 to 64 bytes, is no number, and has no '#' or '/' in it: '12'
      example: tag candidate
> hide 4
step 4 is hidden; 'unhide 4' shows it again
> unhide 4
step 4 is shown again
> hide 4
step 4 is hidden; 'unhide 4' shows it again
! unhide 99
poda: unhide 99: no step 99
      steps are 1 to 5; 'history' shows them
> diff 3 4
command        "prune 0.5 criterion=magnitude structure=weight scope=global seed=1" -> "prune 0.9 criterion=magnitude structure=weight scope=global seed=1"
kept           312 -> 62
sparsity       0.5 -> 0.9006410256410257
bytes          1430 -> 430
mask           "be5b27f6ec7269f9fe1623377c09a7a1183f8332b8714abc24ae30affa1979aa" -> "d9b129dea5fe5d53fe6d958b18e7ffd495f391a77bd6f1bc0f0538891d1fae9d"
tags           ["half"] -> []
notes          ["too lossy \"so far\""] -> []
weights        0 added, 250 removed
> goto 3
at step 3
> eval
on validation: accuracy 94.12%, dense 95.29%; change -1.18pp (95% -5.04pp .. +2.75pp)
1 of 85 records (1.2%) of split validation get a different answer: 1 newly wrong, 0 newly right
> goto 5
at step 5
> eval split=test
on test: accuracy 96.48%, dense 97.18%; change -0.70pp (95% -3.05pp .. +1.66pp)
1 of 142 records (0.7%) of split test get a different answer: 1 newly wrong, 0 newly right
> diff 3 5
command        "prune 0.5 criterion=magnitude structure=weight scope=global seed=1" -> "prune 0.7 criterion=magnitude structure=weight scope=global seed=1"
kept           312 -> 187
sparsity       0.5 -> 0.7003205128205128
bytes          1430 -> 930
accuracy       unknown -> 0.9647887323943662 on test
mask           "be5b27f6ec7269f9fe1623377c09a7a1183f8332b8714abc24ae30affa1979aa" -> "6bd10c38d8d58d0ba9828c595bae44174fb8691764b6a699222ec80c0c263810"
tags           ["half"] -> []
notes          ["too lossy \"so far\""] -> []
weights        0 added, 125 removed
> eval
on validation: accuracy 95.29%, dense 95.29%; change +0.00pp (95% -4.51pp .. +4.51pp)
2 of 85 records (2.4%) of split validation get a different answer: 1 newly wrong, 1 newly right
> diff 3 5
command        "prune 0.5 criterion=magnitude structure=weight scope=global seed=1" -> "prune 0.7 criterion=magnitude structure=weight scope=global seed=1"
kept           312 -> 187
sparsity       0.5 -> 0.7003205128205128
bytes          1430 -> 930
accuracy       0.9411764705882353 -> 0.9529411764705882 on validation
mask           "be5b27f6ec7269f9fe1623377c09a7a1183f8332b8714abc24ae30affa1979aa" -> "6bd10c38d8d58d0ba9828c595bae44174fb8691764b6a699222ec80c0c263810"
tags           ["half"] -> []
notes          ["too lossy \"so far\""] -> []
weights        0 added, 125 removed
> history
 #1 from #0  open @HERE/samples/breast-cancer/model.onnx hash=cdcdd94ab3706bfef94368c8466fc5c73306f2359caadec80e46fce83ea6119c zeros=keep  kept 624
 #2 from #1  data @HERE/samples/breast-cancer/dataset.json hash=ef5e1f84020f91fab143a403b7fa5068d0c602c4218421faac39c310b48314b6 skip_bad=no  kept 624
 #3 from #2  prune 0.5 criterion=magnitude structure=weight scope=global seed=1  kept 312  accuracy 94.12% on validation  [half]  "too lossy "so far""
*#5 from #3  prune 0.7 criterion=magnitude structure=weight scope=global seed=1  kept 187  accuracy 95.29% on validation
> sql "SELECT count(*) AS steps FROM step"
steps
5
! sql "DELETE FROM step"
poda: sql "DELETE FROM step": sql: not authorized
      only SELECT is allowed; tables: step note tag event measurement blob
! frobnicate
poda: frobnicate: no command frobnicate
      'help' lists all commands
! prnue 0.5
poda: prnue 0.5: no command prnue
      did you mean prune? 'help' lists all commands
! note
poda: note: note: a word is missing
      usage: note "too lossy"
