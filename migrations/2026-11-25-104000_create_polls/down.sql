DROP TABLE secret_tallies, ballots, poll_voters, poll_options, polls;
