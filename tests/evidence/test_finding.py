from unseen.evidence.finding import Finding


def test_finding_tested():
    assert Finding("supported", 1.0, (0.5, 1.5), 3, "Yes.").tested
