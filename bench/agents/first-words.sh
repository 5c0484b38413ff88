# The smallest agent there is: says something and is done. What it takes is what the platform takes.
echo started
printf '{"summary":"done"}' >"$CREWSHIP_RUN_DIR/result.json"
