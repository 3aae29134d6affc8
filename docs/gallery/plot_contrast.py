"""
Words that set two groups apart
===============================

Which words go with dispute, which with cooperation? Log-odds with an informative prior (Monroe, Colaresi, Quinn 2008), and their z-scores.
"""

# %%
from nato_nlp.datasets import seed_rows
from nato_nlp.explain import contrast, plot_contrast

rows = [row for row in seed_rows() if not row.boilerplate]
cooperation, dispute = ([row.text for row in rows if row.stance == stance] for stance in ("cooperation", "dispute"))
found = contrast(cooperation, dispute, names=("cooperation", "dispute"), min_count=5)
figure = plot_contrast(found, top=14)

# %%
# With thousands of terms some z-scores are large by chance: take the list as a reading aid, not as a test.
for term, z in zip(found.terms[:5], found.z[:5], strict=True):
    print(f"{z:5.1f}  {term}")
