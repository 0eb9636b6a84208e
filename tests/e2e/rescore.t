#!/bin/sh
# losslab rescore: from simulated matches of which it is known who is right to Percolator's tables; the same bytes for any --jobs; its
# database is a study as any other; another run's folder is left alone; what is weak is a result, what is wrong a message.
. tests/e2e/tap.sh
cd "$work" || exit 1
cat >simulate.lua <<'LUA'
-- arg: file, spectra, share of right ones; each spectrum has its target and its decoy. Ids of right matches begin with "right".
local name, spectra, share = arg[1], tonumber(arg[2]), tonumber(arg[3])
local r, lines = ll.random(11), { "SpecId\tLabel\tfilename\tScanNr\tExpMass\tcharge\tgood\tbad\tPeptide\tProteins" }
for i = 1, spectra do
  local right = r:uniform() < share
  local peptide, place = ("ACDEFGHIK"):rep(2):sub(r:integer(9)):sub(1, 8) .. i % (spectra // 2), i % 60
  for label = 1, -1, -2 do
    local is_right = right and label == 1
    lines[#lines + 1] = string.format("%s_%d\t%d\trun%d\t%d\t%.2f\t%d\t%.4f\t%.4f\tK.%s%s.R\t%sP%d%s", is_right and "right" or "wrong",
      i, label, i % 2, i, 900 + i / 7, 2 + i % 2, r:normal() + (is_right and 3.5 or 0), r:normal(), label == 1 and "T" or "D", peptide,
      label == 1 and "" or "DECOY_", place, i % 5 == 0 and label == 1 and "\tP" .. place + 100 or "")
  end
end
ll.system.write(name, table.concat(lines, "\n") .. "\n")
LUA
"$losslab" simulate.lua good.pin 1500 0.4 && "$losslab" simulate.lua null.pin 400 0 && "$losslab" simulate.lua few.pin 30 0.5 || exit 1
gzip -k few.pin
quick='--steps 150 --cuts 1'
rescore() { # EXIT NAME WORDS…
  wanted=$1 name=$2
  shift 2
  # shellcheck disable=SC2086
  "$losslab" rescore $quick "$@" >out 2>err
  code=$?
  if [ $code = "$wanted" ]; then pass "$name"; else fail "$name" "exit code $code, expected $wanted" "$(cat out err)"; fi
}

# ---- tables ----
rescore 0 'a run' good.pin -o scored --jobs 1
for each in psms peptides proteins; do
  for class in target decoy; do check "$class.$each.tsv is there" test -s scored/$class.$each.tsv; done
done
is "Percolator's columns" "$(head -n 1 scored/target.psms.tsv | tr '\t' '|')" 'PSMId|score|q-value|posterior_error_prob|peptide|proteinIds'
is 'of peptides, too' "$(head -n 1 scored/decoy.peptides.tsv)" "$(head -n 1 scored/target.psms.tsv)"
is 'and of proteins' "$(head -n 1 scored/target.proteins.tsv | tr '\t' '|')" 'ProteinId|ProteinGroupId|q-value|posterior_error_prob|peptideIds'
check 'the best score comes first, with q-values that rise, and all are numbers' awk -F'\t' 'FNR == 1 { last = 1e300; q = 0; next }
  !($2 <= last && $3 >= q && $3 <= 1 && $4 >= 0 && $4 <= 1 && $2 $3 $4 ~ /^[-+.e0-9]+$/) { print FILENAME, $0; bad = 1 }
  { last = $2; q = $3 } END { exit bad }' scored/target.psms.tsv scored/decoy.psms.tsv scored/target.peptides.tsv scored/decoy.peptides.tsv
accepted() { awk -F'\t' -v q="$2" 'NR > 1 && $3 <= q { n++ } END { print n + 0 }' "$1"; }
found=$(accepted scored/target.psms.tsv 0.01)
check "most of the right ones are found, of about 600: $found" test "$found" -gt 200
wrong=$(awk -F'\t' 'NR > 1 && $3 <= 0.05 && $1 ~ /^wrong/ { n++ } END { print n + 0 }' scored/target.psms.tsv)
check "and few of the wrong ones at 5 %: $wrong of $(accepted scored/target.psms.tsv 0.05)" \
  test "$((wrong * 10))" -lt "$(accepted scored/target.psms.tsv 0.05)"
is 'every peptide stands there once' "$(tail -n +2 scored/target.peptides.tsv | cut -f 5 | sort | uniq -d | wc -l)" 0
check 'several proteins are told apart by tabs' awk -F'\t' 'NF == 7 && $7 ~ /^P/ { n++ } END { exit !n }' scored/target.psms.tsv
is 'the summary counts what the tables hold' "$(awk '$1 == "PSMs" { print $2 } $1 == "peptides" { print $2 }' out | tr '\n' ' ')" \
  "$found $(accepted scored/target.peptides.tsv 0.01) "
is 'nothing is said on standard error with --quiet' "$("$losslab" rescore $quick good.pin -o scored --quiet 2>&1 >/dev/null)" ''

# ---- the same again ----
sums() { (cd "$1" && cat -- *.tsv | sha256sum); }
rescore 0 'by two processes' good.pin -o two --jobs 2
is 'the same bytes' "$(sums two)" "$(sums scored)"
before=$(sums scored)
rescore 0 'the same command again' good.pin -o scored
is 'the same bytes once more' "$(sums scored)" "$before"
has 'and nothing is trained' err '3 trials, 3 done, in 0 s'
check 'its database replays to the same bits' "$losslab" replay scored/rescore.db --all
check 'and is shown' "$losslab" show scored/rescore.db
check 'and reported' "$losslab" report scored/rescore.db -o page.html
check 'its script is a study that is there already' sh -c "cd scored && '$losslab' run rescore.lua --dry-run | grep '0 to run'"

# ---- another run's folder ----
rescore 1 'another run into the same folder is refused' good.pin -o scored --lr 0.01
has 'and what differs is said' err 'lr = 0.008 there, lr = 0.01 here'
is 'which leaves it as it was' "$(sums scored)" "$before"
rescore 0 'but with --overwrite' good.pin -o two --lr 0.01 --overwrite --no-proteins
check 'is done' test "$(sums two)" != "$before"
check 'and tables that it does not write go' test ! -e two/target.proteins.tsv
mkdir foreign && echo mine >foreign/target.psms.tsv
rescore 1 'a table of another program is kept' good.pin -o foreign
is 'as it was' "$(cat foreign/target.psms.tsv; ls foreign)" "mine
target.psms.tsv"

# ---- options ----
rescore 0 'more columns, and those that lost' good.pin -o scored --columns filename,ScanNr --columns charge,good --all
is 'stand before the peptide' "$(head -n 1 scored/target.psms.tsv | tr '\t' '|')" \
  'PSMId|score|q-value|posterior_error_prob|filename|ScanNr|charge|good|peptide|proteinIds'
is 'all 1500 targets are there' "$(tail -n +2 scored/target.psms.tsv | wc -l)" 1500
is 'those that count as before' "$(accepted scored/target.psms.tsv 0.01)" "$found"
check 'cells are those of the file' awk -F'\t' 'NR > 1 && $5 != "run" $6 % 2 || NR > 1 && $7 != 2 + $6 % 2 { exit 1 }' scored/target.psms.tsv
sed '1s/bad/bad, raw/' good.pin | gzip >commas.pin.gz
rescore 0 'a name with a comma in it' commas.pin.gz -o commas --columns 'bad, raw' --columns charge,good
is 'is a column as another one' "$(head -n 1 commas/target.psms.tsv | cut -f 5-7 | tr '\t' '|')" 'bad, raw|charge|good'
rescore 0 'and may be excluded' commas.pin.gz -o commas2 --exclude 'Bad, raw' --exclude 'charge,spectrum: scan' --columns good
has 'beside others' commas2/rescore.lua 'exclude = { "Bad, raw", "charge", "spectrum: scan" },'
rescore 1 'which is no feature then' commas.pin.gz -o commas2 --exclude 'Bad, raw' --exclude 'charge,spectrum: scan' --columns 'bad, raw'
has 'for a table, too' err 'the files have no column "bad"'
rescore 0 '--fdr winners' good.pin -o scored --fdr winners
is 'leaves one match of each spectrum' \
  "$(cat scored/*.psms.tsv | grep -v ^PSMId | cut -f 1 | sed 's/.*_//' | sort | uniq -c | awk '{ n++; k += $1 } END { print n, k }')" '1500 1500'
rescore 0 '--fdr concatenated' good.pin -o scored --fdr concatenated
is 'leaves all' "$(cat scored/*.psms.tsv | wc -l)" 3002
rescore 0 '--fdr separate' good.pin -o scored --fdr separate
rescore 0 '--group' good.pin -o scored --group charge
rescore 1 '--group of a column of many values' good.pin -o groups --group 'spectrum: scan'
has 'is refused by name' err '--group spectrum: scan: 1500 classes'
check 'before anything is trained' test ! -e groups
rescore 0 '--level' good.pin -o scored --level .02
has 'is what the summary counts at' out 'q <= 0.02'
rescore 0 'a linear model, another loss and its parameter' good.pin -o linear --linear --loss pair_logistic --margin .2
has 'stand in the script' linear/rescore.lua 'parameters = { margin = 0.2 }'
has 'so do no layers' linear/rescore.lua 'hidden = {}'
rescore 0 'a loss with a history, of sigmoid outputs, with a margin that is learnt' good.pin -o history --loss adaptive_rank --margin .1 --margin-lr .001
check 'finds right ones' test "$(accepted history/target.psms.tsv 0.05)" -gt 200
check 'and is replayed' "$losslab" replay history/rescore.db --all
rescore 0 '--json' good.pin -o scored --json
is 'is JSON that says the same' "$("$losslab" -e 'local j = ll.json.decode(io.open "out":read "a")
  print(j.matches, j.networks, j.accepted[1].of, j.accepted[1].q, j.accepted[1].accepted, #j.files)')" \
  "3000	3	psms	0.01	$found	6"
rescore 0 'several files, packed and plain' good.pin few.pin.gz -o several
has 'are one' out '3060 matches'
cut -f 1,2,4- good.pin >plain.pin
awk -F'\t' 'NR == 1 || $2 == 1' plain.pin >targets.pin && awk -F'\t' 'NR == 1 || $2 == -1' plain.pin >decoys.pin
rescore 0 'targets and decoys in files of their own' targets.pin decoys.pin -o apart
has 'are said not to compete' err 'each file has targets alone or decoys alone'
rescore 0 'the same by --fdr separate' targets.pin decoys.pin -o apart --fdr separate
check 'is not doubted' sh -c "! grep -q 'each file has targets alone' err"
rescore 0 'files that have both' good.pin few.pin -o both --fdr concatenated
check 'are not, either' sh -c "! grep -q 'each file has targets alone' err"
cp good.pin "called otherwise.pin"
rescore 0 'a file of another name' $quick "called otherwise.pin" -o named_otherwise
is 'has the same scores' "$(sha256sum <named_otherwise/target.psms.tsv)" "$(sha256sum <scored/target.psms.tsv)"
awk -F'\t' -v OFS='\t' 'NR == 1 { $6 = "spectrum: scan" } 1' good.pin | cut -f 1,2,6- >named.pin
rescore 0 'a feature that is called as one of ours, of a file without scans' named.pin -o named
check 'is a feature' test "$(accepted named/target.psms.tsv 0.05)" -gt 200
awk -F'\t' -v OFS='\t' 'NR > 1 { $8 = NR % 3 ? "3.4e38" : "-3.4e38" } 1' good.pin >huge.pin
rescore 0 'a feature whose square sum no number holds' huge.pin -o huge
check 'takes nothing from the others' test "$(accepted huge/target.psms.tsv 0.05)" -gt 200

# ---- networks of before ----
rescore 0 'a run whose networks are kept' few.pin good.pin -o model
quick=
sed 's/ll.random(11)/ll.random(13)/' simulate.lua >another.lua && "$losslab" another.lua wrong.pin 400 0
rescore 0 'score another file' wrong.pin -o applied --model model
has 'without training' out '; 3 networks, in'
rescore 0 'the same by its database' wrong.pin -o applied2 --model model/rescore.db
is 'to the same bytes' "$(sums applied2)" "$(sums applied)"
check 'no database is made' test ! -e applied/rescore.db
is 'nothing is found where nothing is' "$(accepted applied/target.psms.tsv 0.01)" 0
sed 's/ll.random(11)/ll.random(12)/' simulate.lua >other.lua && "$losslab" other.lua other.pin 1500 0.4
rescore 0 'a file like that of the training' other.pin -o applied3 --model model
check 'is scored nearly as well' test "$(accepted applied3/target.psms.tsv 0.05)" -gt 400
awk -F'\t' -v OFS='\t' '{ t = $7; $7 = $8; $8 = t; print }' other.pin >swapped.pin
rescore 0 'the same with columns in another order' swapped.pin -o applied4 --model model
is 'gives the same scores' "$(cut -f 1-4 applied4/target.psms.tsv | sha256sum)" "$(cut -f 1-4 applied3/target.psms.tsv | sha256sum)"
rescore 1 'the matches that they were trained on' few.pin good.pin -o applied5 --model model
has 'are refused' err 'were trained on these very matches'
rescore 1 'one of the files that they were trained on' few.pin -o applied5 --model model
has 'is refused' err 'were trained on 60 of these 60 matches'
(head -n 1 good.pin && tail -n 1000 good.pin | tac) | awk -F'\t' -v OFS='\t' '{ t = $7; $7 = $8; $8 = t; print }' >half.pin
rescore 1 'a third of a file, in another order of rows and columns' half.pin -o applied5 --model model
has 'is refused, too' err 'were trained on 1000 of these 1000 matches'
(cat other.pin && sed -n '2,101p' good.pin) >some.pin
rescore 0 'another file with some of these matches' some.pin -o applied7 --model model
check 'is told of' grep -q 'were trained on about 10[0-9] of these 3100 matches' err
rescore 0 'where there are none' other.pin -o applied8 --model model
check 'nothing is told' sh -c "! grep 'trained on' err"
cp -r model old && sqlite3 old/rescore.db "DELETE FROM kept WHERE name = 'matches'"
rescore 0 'networks that do not say what they were trained on' few.pin -o applied9 --model old
has 'leave it open' err 'which matches the networks were trained on is not kept with them'
cut -f 1-6,8- other.pin >lacking.pin
rescore 1 'a column that they need' lacking.pin -o applied5 --model model
has 'is told' err 'were trained with a column "good"'
rescore 2 'an option of training' other.pin -o applied5 --model model --steps 3
has 'does not go with it' err '--steps is for training'
rescore 1 'a run without networks of its own' other.pin -o applied5 --model applied
case ${LOSSLAB_DOUBLE:-bin/losslab-double} in /*) double=$LOSSLAB_DOUBLE ;; *) double=$OLDPWD/${LOSSLAB_DOUBLE:-bin/losslab-double} ;; esac
"$double" rescore other.pin -o applied5 --model model >out 2>err
is 'networks of another precision are refused' $? 1
has 'with which program takes them' err \
  'model/rescore.db: its networks are of float precision, and this program computes in double: losslab scores by them'
check 'nothing of this left a folder' test ! -e applied5
rescore 0 'the same folder, for another run' few.pin good.pin -o model --overwrite --steps 100 --cuts 1
rescore 0 'scores' other.pin -o applied6 --model model
has 'by the networks of its last run alone' out '; 3 networks, in'
quick='--steps 150 --cuts 1'

rescore 0 'semi-supervised' good.pin -o rounds --rounds 3
check "finds about as many: $(accepted rounds/target.psms.tsv 0.01)" test "$(accepted rounds/target.psms.tsv 0.01)" -gt "$((found * 3 / 4))"
check 'and scores otherwise than one that learns from all' test "$(cut -f 2 rounds/target.psms.tsv | sha256sum)" != \
  "$("$losslab" rescore $quick good.pin -o once >/dev/null 2>&1; cut -f 2 once/target.psms.tsv | sha256sum)"

# ---- whether it is to be believed ----
awk -F'\t' -v OFS='\t' 'NR > 1 && $2 == 1 && $1 ~ /^wrong/ && NR % 4 { for (i = 10; i <= NF; i++) $i = "TRAP_" $i } { print }' good.pin >trap.pin
rescore 0 'entrapment, decoys alone, figures' trap.pin -o trap --entrapment TRAP_ --null --relabelings 3 --figures --percolator scored/target.psms.tsv
has 'the table of entrapment' out 'q      sample  entrapment'
has 'the share at 1 % in words' out 'are entrapment, so that'
has 'the table of relabelings' out 'relabeling  targets  decoys'
is 'the share stands beside each q-value' "$(head -n 1 trap/target.psms.tsv | tr '\t' '|')" \
  'PSMId|score|q-value|posterior_error_prob|entrapment_fdp|peptide|proteinIds'
check 'as a number from 0 to 1' awk -F'\t' 'NR > 1 && !($5 >= 0 && $5 <= 1) { bad = 1 } END { exit bad || NR < 100 }' trap/target.psms.tsv
has 'a cut alone agrees with nobody' err 'no figure agreement'
for each in identifications scores calibration importance; do check "a figure of $each" test -s trap/figures/$each.svg; done
check 'with the curve of another table' grep -q Percolator trap/figures/identifications.svg
rescore 0 'entrapment of classes' trap.pin -o trap3 --entrapment TRAP_ --entrapment-ratio 1 --group charge
is 'is of the lists that stand in the tables' "$(awk '$2 == "%" && $1 == 5 { print $3 + $4 }' out)" "$(accepted trap3/target.psms.tsv 0.05)"
check 'which are not those of all together' test "$(cut -f 1,3 trap3/target.psms.tsv | sort)" != "$(cut -f 1,3 trap/target.psms.tsv | sort)"
rescore 0 'the same as JSON' trap.pin -o trap --entrapment TRAP_ --entrapment-ratio 3 --json
is 'the ratio that was given' "$("$losslab" -e 'local f <close> = io.open "out"; local j = ll.json.decode(f:read "a")
  print(j.entrapment.ratio, j.entrapment.estimated, #j.entrapment.points)')" '3	false	5'
awk -F'\t' -v OFS='\t' 'NR > 1 { $8 = $2 + (NR * 7919 % 101) / 40 } { print }' good.pin >knows.pin
rescore 0 'a column that knows the label' knows.pin -o knows
has 'is told of' err 'bad'
has 'with what to do' err '--exclude'
rescore 1 'entrapment that is not there' good.pin -o trap2 --entrapment NONE_
has 'is told, with the names that are' err 'begins with "NONE_"; the first are'

awk -F'\t' -v OFS='\t' 'NR == 1 { $4 = "x" } NR > 1 { $1 = "m" NR } { print }' good.pin | cut -f 1,2,6- >scanless.pin
rescore 0 'without scans' scanless.pin -o scanless
has 'is said' err 'each row is taken for a spectrum of its own'
has 'and all count' out 'q <= 0.01'

# scans that number the rows of a file, targets first, know the label: no network is given them
(head -n 1 null.pin && awk -F'\t' '$2 == 1' null.pin && awk -F'\t' '$2 == -1' null.pin) |
  awk -F'\t' -v OFS='\t' 'NR > 1 { $4 = NR - 1 } { print }' >numbered.pin
rescore 0 'scans that know the label' numbered.pin -o numbered
is 'pass no false target' "$(accepted numbered/target.psms.tsv 0.01)" 0
has 'and are told of' err 'column "spectrum: scan"'
has 'as is that they do' err 'column "spectrum: scan" numbers the rows'
rescore 0 'scans that are left out' numbered.pin -o unnumbered --exclude 'spectrum: scan' --json
check 'are not spoken of' sh -c "! grep -q 'spectrum: scan' err out"

# ---- what is weak ----
rescore 0 'nothing right is a result' null.pin -o null
has 'which is said' err 'no PSM is accepted at q <= 0.01'
check 'the tables are there' test "$(wc -l <null/target.psms.tsv)" -gt 100
rescore 0 '30 spectra' few.pin -o few
has 'that is too few, which is said' err 'with fewer than 100 none can be'
awk -F'\t' -v OFS='\t' 'NR > 1 { $7 = 1; $8 = 1 } { print }' good.pin >constant.pin
rescore 0 'constant columns' constant.pin -o constant
is 'no cell is NaN' "$(cat -- */*.tsv | grep -ciw nan)" 0
awk -F'\t' -v OFS='\t' 'NR > 1 { $4 = 1 } { print }' few.pin >scan.pin
rescore 1 'one scan of either file' scan.pin -o scan
has 'cannot be cut' err 'scan: 3 folds need targets in as many groups of scans and peptides, and they are in 2; --folds 2 is possible'
check 'and leaves no folder' test ! -e scan
awk -F'\t' -v OFS='\t' 'NR > 1 { $8 = "NaN" } { print }' good.pin >nan.pin
rescore 1 'missing cells are an error' nan.pin -o nan
has 'that says where' err 'row 1 (line 2), column 8 ("bad")'
has 'and what to do' err '--missing mean'
rescore 0 'or their mean' nan.pin -o nan --missing mean

# ---- what is wrong ----
wrong() { # WORDS OF THE MESSAGE, OPTIONS…
  words=$1
  shift
  rescore 2 "$*" good.pin -o wrong "$@"
  has 'is told' err "$words"
}
wrong 'the loss hinge has no such parameter; it has --margin, --p' --loss hinge --temperature 2
wrong 'margin must be >= 0' --loss hinge --margin -1
wrong '--from probabilities: what the networks give are scores of any size, which are logits' --from probabilities
wrong 'there is no loss of scores "hing"; did you mean "hinge"?' --loss hing
wrong '--linear and --hidden exclude each other' --linear --hidden 3
wrong '--hidden takes numbers of units' --hidden 3,x
wrong '--lr takes a number >= 0, not "fast"' --lr fast
wrong '--activation has no value "rel"; did you mean "relu"?' --activation rel
wrong '--optimizer has no value "adm"' --optimizer adm
wrong '--missing takes error, mean, drop or a number' --missing zero
wrong '--level takes shares between 0 and 1' --level 5
wrong '--relabelings is of --null' --relabelings 3
wrong '--entrapment-ratio is of --entrapment' --entrapment-ratio 3
wrong '--percolator is of --figures' --percolator good.pin
rescore 1 'no such column' good.pin -o wrong --columns scores
has 'is told' err 'the files have no column "scores"'
rescore 1 'a field that the files have not' good.pin -o wrong --columns CalcMass
has 'is told, too' err 'the files have no column "CalcMass"'
rescore 1 'no such prefix' good.pin -o wrong --decoy-prefix rev_
has 'is told' err 'no protein of a decoy begins with "rev_"'
rescore 1 'classes that are none' good.pin -o wrong --group good
has 'are told' err 'a class is a whole number'
check 'nothing of this left a folder' test ! -e wrong
rescore 1 'training that ends in NaN' good.pin -o diverged --lr 1e30
has 'is told, and why' err '3 of 3 networks are not there, and so nothing is written: cross_entropy: scores, row 1: NaN'
check 'and leaves no tables' test ! -e diverged/target.psms.tsv
finish
