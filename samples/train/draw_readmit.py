"""Draws samples/readmit/readmit.csv: 12,000 invented hospital stays from a rule. Nothing here is about real people.

The rule. A stay's score is START plus the sum of RULE's factors times the columns, and the patient comes back with probability
1 / (1 + exp(-SHARPNESS * score)). Every other column has no influence. What age 80 and above adds reaches the inputs through one
column alone, age_80plus, which about one stay in fifteen has: ages 60 to 79 are the reference and have no column, so the other age
columns cannot stand in for it.
"""
import csv
import os

import numpy as np

import common

SHARPNESS = 2.4
START = -3.9
RULE = {"n_inpatient": 0.95, "n_emergency": 0.75, "time_in_hosp": 0.25, "n_meds": 0.05, "diag_circ": 0.9, "insulin_up": 0.8,
        "a1c_result": -0.7, "discharge_facility": 0.5, "age_80plus": 0.9}

COLUMNS = [  # name, name for people, unit, one line on it
    ("n_inpatient", "earlier admissions", "count", "admissions to a hospital in the year before"),
    ("n_emergency", "emergency visits", "count", "visits to an emergency room in the year before"),
    ("n_outpatient", "outpatient visits", "count", "outpatient visits in the year before"),
    ("time_in_hosp", "days in hospital", "days", "length of this stay"),
    ("n_procedures", "procedures", "count", "procedures other than lab tests during the stay"),
    ("n_lab_tests", "lab tests", "count", "lab tests during the stay"),
    ("n_meds", "medicines", "count", "different medicines given"),
    ("n_med_changes", "changes of medicine", "count", "how often a medicine or its dose was changed"),
    ("n_diagnoses", "diagnoses", "count", "diagnoses entered"),
    ("a1c_result", "A1c measured", "yes/no", "whether long-term blood sugar was measured"),
    ("a1c_normal", "A1c normal", "yes/no", "long-term blood sugar was measured and normal"),
    ("glucose_high", "glucose high", "yes/no", "high blood sugar at admission"),
    ("insulin_up", "insulin raised", "yes/no", "the insulin dose was raised"),
    ("insulin_down", "insulin lowered", "yes/no", "the insulin dose was lowered"),
    ("metformin", "metformin", "yes/no", "takes metformin"),
    ("med_changed", "medicine changed", "yes/no", "any diabetes medicine was changed"),
    ("diag_circ", "diagnosis: circulation", "yes/no", "first diagnosis is of heart or vessels"),
    ("diag_resp", "diagnosis: breathing", "yes/no", "first diagnosis is of the lungs"),
    ("diag_digest", "diagnosis: digestion", "yes/no", "first diagnosis is of the digestive tract"),
    ("diag_injury", "diagnosis: injury", "yes/no", "first diagnosis is an injury"),
    ("diag_musculo", "diagnosis: muscles", "yes/no", "first diagnosis is of muscles or bones"),
    ("diag_genito", "diagnosis: kidneys", "yes/no", "first diagnosis is of kidneys or urinary tract"),
    ("diag_neoplasm", "diagnosis: tumour", "yes/no", "first diagnosis is a tumour"),
    ("age_below_40", "age below 40", "yes/no", "younger than 40 years"),
    ("age_40_59", "age 40-59", "yes/no", "40 to 59 years old"),
    ("age_80plus", "age 80+", "yes/no", "80 years or older"),
    ("sex_f", "female", "yes/no", "recorded sex is female"),
    ("sex_m", "male", "yes/no", "recorded sex is male"),
    ("race_a", "background A", "yes/no", "recorded background, category A"),
    ("race_b", "background B", "yes/no", "recorded background, category B"),
    ("race_other", "background other", "yes/no", "any other recorded background"),
    ("admit_emergency", "emergency admission", "yes/no", "admitted as an emergency"),
    ("admit_urgent", "urgent admission", "yes/no", "admitted as urgent"),
    ("admit_elective", "planned admission", "yes/no", "the admission was planned"),
    ("admit_src_1", "sent by a doctor", "yes/no", "admitted on a doctor's word"),
    ("admit_src_7", "from emergency room", "yes/no", "came through the emergency room"),
    ("discharge_home", "discharged home", "yes/no", "went home"),
    ("discharge_facility", "discharged to care", "yes/no", "went to a care facility"),
    ("weight_known", "weight recorded", "yes/no", "body weight is in the file"),
    ("payer_public", "public insurance", "yes/no", "the public insurance pays"),
    ("payer_private", "private insurance", "yes/no", "a private insurance pays"),
    ("first_visit", "first visit here", "yes/no", "was never in this hospital before"),
]


def one_of(rng, n, shares):
    pick = rng.choice(len(shares), size=n, p=shares)
    return [(pick == i).astype(int) for i in range(len(shares))]


def draw(n, seed):
    rng = np.random.default_rng(seed)
    flag = lambda p: (rng.random(n) < p).astype(int)
    c = {}
    c["n_inpatient"] = np.minimum(rng.poisson(0.9, n), 15)
    c["n_emergency"] = np.minimum(rng.poisson(0.6, n), 12)
    c["n_outpatient"] = np.minimum(rng.poisson(0.7, n), 15)
    c["time_in_hosp"] = np.clip(rng.poisson(4.4, n), 1, 14)
    c["n_procedures"] = np.minimum(rng.poisson(1.3, n), 6)
    c["n_lab_tests"] = np.clip(rng.normal(43, 19, n).round(), 1, 120).astype(int)
    c["n_meds"] = np.clip(rng.normal(16, 8, n).round(), 1, 60).astype(int)
    c["n_diagnoses"] = np.clip(rng.normal(7.4, 1.9, n).round(), 1, 16).astype(int)
    c["n_med_changes"] = np.minimum(rng.poisson(0.8, n), 8)
    c["a1c_result"] = flag(0.4)
    c["a1c_normal"] = c["a1c_result"] * flag(0.5)
    for name, p in (("glucose_high", 0.15), ("insulin_up", 0.15), ("insulin_down", 0.12), ("metformin", 0.2),
                    ("med_changed", 0.45)):
        c[name] = flag(p)
    diag = one_of(rng, n, [0.3, 0.15, 0.1, 0.07, 0.06, 0.06, 0.05, 0.21])
    for name, column in zip(("diag_circ", "diag_resp", "diag_digest", "diag_injury", "diag_musculo", "diag_genito",
                             "diag_neoplasm"), diag):
        c[name] = column
    age = np.clip(rng.normal(60, 13, n).round(), 18, 99).astype(int)
    for name, low, high in (("age_below_40", 0, 40), ("age_40_59", 40, 60), ("age_80plus", 80, 200)):
        c[name] = ((age >= low) & (age < high)).astype(int)
    c["sex_f"], c["sex_m"] = one_of(rng, n, [0.535, 0.465])
    c["race_a"], c["race_b"], c["race_other"] = one_of(rng, n, [0.72, 0.2, 0.08])
    c["admit_emergency"], c["admit_urgent"], c["admit_elective"] = one_of(rng, n, [0.55, 0.2, 0.25])
    c["admit_src_1"], c["admit_src_7"], _ = one_of(rng, n, [0.3, 0.55, 0.15])
    c["discharge_home"], c["discharge_facility"], _ = one_of(rng, n, [0.65, 0.25, 0.1])
    c["weight_known"] = flag(0.05)
    c["payer_public"], c["payer_private"], _ = one_of(rng, n, [0.6, 0.3, 0.1])
    c["first_visit"] = flag(0.3)
    score = START + sum(factor * c[name] for name, factor in RULE.items())
    label = rng.random(n) < 1 / (1 + np.exp(-SHARPNESS * score))
    return c, age, label


def main():
    n = 12000
    c, age, label = draw(n, 21)
    split = ["train"] * 4808 + ["validation"] * 4096 + ["test"] * 3096
    with open(os.path.join(common.SAMPLES, "readmit", "readmit.csv"), "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow([name for name, *_ in COLUMNS] + ["age", "readmitted", "split"])
        for i in range(n):
            w.writerow([c[name][i] for name, *_ in COLUMNS] + [age[i], "yes" if label[i] else "no", split[i]])
    print("readmit: share yes", label.mean(), "age 80+", (age >= 80).mean())


if __name__ == "__main__":
    main()
