# Holds its crew's only place until the mission is cancelled.
exec sleep 3600
